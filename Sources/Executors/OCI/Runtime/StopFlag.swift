import Synchronization
package import Workflows

/// Says that nobody wants a piece of work any more. Raised once, never lowered.
package final class StopFlag: Sendable {
    private struct Content {
        var isRaised = false
        var last = 0
        var calls: [Int: @Sendable () -> Void] = [:]
    }

    private let content = Mutex(Content())

    package init() {}

    package var isRaised: Bool { content.withLock { $0.isRaised } }

    package func raise() {
        let calls = content.withLock { content in
            content.isRaised = true
            defer { content.calls = [:] }
            return content.calls.values
        }
        for call in calls { call() }
    }

    /// Between two pieces of work: an error ends it.
    package func check() throws(ExecutorError) {
        if isRaised { throw .cancelled }
    }

    /// Calls back once, when it is raised or at once; `forget` takes the number that this gives.
    func onRaise(_ call: @escaping @Sendable () -> Void) -> Int {
        let number = content.withLock { content -> Int? in
            guard !content.isRaised else { return nil }
            content.last += 1
            content.calls[content.last] = call
            return content.last
        }
        guard let number else {
            call()
            return 0
        }
        return number
    }

    func forget(_ number: Int) {
        content.withLock { _ = $0.calls.removeValue(forKey: number) }
    }
}
