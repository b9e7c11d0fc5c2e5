import Storage
import TestSupport
import Testing

@testable import Runs

struct MailboxTests {
    @Test("what somebody asks of a run is recorded before they are told so")
    func acknowledged() async throws {
        let mailbox = Mailbox<Int>()
        async let isSettled = IOPool.shared.run { mailbox.post(1, settledWithin: .seconds(30)) }
        #expect(await mailbox.take() == [1])
        mailbox.post(2)
        mailbox.settle()
        #expect(try await isSettled)
        // The second was not taken, so nobody has dealt with it.
        async let isLost = IOPool.shared.run { mailbox.post(3, settledWithin: .seconds(30)) }
        let isThere: Bool? = try await eventually { mailbox.isEmpty ? nil : true }
        #expect(isThere == true)
        mailbox.close()
        #expect(try await !isLost)
    }
}
