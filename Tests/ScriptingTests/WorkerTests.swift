import CLinux
import Glibc
import Scripting
import Storage
import Testing

/// The worker alone, spoken to by hand.
struct WorkerTests {
    /// Starts a worker between two pipes.
    static func start() throws -> (pid: pid_t, requests: Int32, answers: OpenFile) {
        let (theirInput, requests) = try Spawning.pipe()
        let (answers, theirOutput) = try Spawning.pipe()
        defer { close(theirOutput) }
        let pid = try Spawning.start(
            Hooks.workerPath, ["hook-worker"],
            descriptors: [
                slipway_descriptor(source: theirInput.descriptor, target: 0),
                slipway_descriptor(source: theirOutput, target: 1),
            ])
        return (pid, requests, answers)
    }

    static func frame(_ text: String) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: text.utf8.count >> (24 - 8 * $0)) } + text.utf8
    }

    static func request(_ source: String, milliseconds: Int) -> [UInt8] {
        frame("[\(milliseconds),16777216,1,\"n\",false,\"\(source)\",null,null,{}]")
    }

    @Test("it greets, answers, and ends with its input")
    func serves() throws {
        let (pid, requests, answers) = try Self.start()
        do {
            let input = OpenFile(descriptor: requests, path: "pipe")
            try input.write(Self.request("log(1)", milliseconds: 1000) + Self.frame("{"))
        }
        let expected =
            Self.frame("") + Self.frame("{\"outcome\":\"passed\",\"value\":{},\"log\":[\"1\"]}")
            + Self.frame(
                #"{"outcome":"failed","message":"hook: json: byte 0: expected '['","log":[]}"#)
        #expect(try answers.readAll(limit: 4096) == expected)
        #expect(slipway_wait(pid) == 0)
    }

    @Test("it ends itself when nobody is there to kill it")
    func orphan() throws {
        let (pid, requests, answers) = try Self.start()
        do {
            let input = OpenFile(descriptor: requests, path: "pipe")
            try input.write(Self.request("local x = (''):rep(1 << 62)", milliseconds: 1))
        }
        #expect(try answers.readAll(limit: 4096) == Self.frame(""))
        #expect(slipway_wait(pid) == 128 + SIGALRM)
    }

    @Test("a frame that is too long ends it")
    func tooLong() throws {
        let (pid, requests, answers) = try Self.start()
        do {
            let input = OpenFile(descriptor: requests, path: "pipe")
            try input.write([0x01, 0x00, 0x00, 0x01])
        }
        #expect(try answers.readAll(limit: 4096) == Self.frame(""))
        #expect(slipway_wait(pid) == 1)
    }

    @Test("it has given up its rights before it answers")
    func confined() throws {
        let (pid, requests, answers) = try Self.start()
        #expect(try answers.read(4) == Self.frame(""))
        let status = try Files.readFile("/proc/\(pid)/status", limit: 1 << 16)
        let text = String(decoding: status, as: UTF8.self)
        #expect(text.contains("NoNewPrivs:\t1"))
        #expect(text.contains("Seccomp:\t2"))
        close(requests)
        #expect(slipway_wait(pid) == 0)
    }
}
