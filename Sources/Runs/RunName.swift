package import Domain

/// A run in a message: by its number, as people type it, where that is known.
package struct RunName: Hashable, Sendable, CustomStringConvertible {
    package let id: RunID
    package let number: Int64?

    package init(_ id: RunID, number: Int64? = nil) {
        self.id = id
        self.number = number
    }

    package var description: String { number.map { String($0) } ?? id.text }
}

extension RunStore {
    /// For messages: one whose number cannot be read goes by its id.
    func name(of id: RunID) async -> RunName {
        do { return RunName(id, number: try await find(id.text).number) } catch {
            return RunName(id)
        }
    }
}
