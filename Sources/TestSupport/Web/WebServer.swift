import Dispatch
import Glibc
import Storage
import Synchronization

/// A request as it arrived; header names are in lower case.
package struct WebRequest: Sendable {
    package let method: String
    /// With the query.
    package let path: String
    package let headers: [String: String]
    package let body: [UInt8]

    package init(method: String, path: String, headers: [String: String], body: [UInt8]) {
        self.method = method
        self.path = path
        self.headers = headers
        self.body = body
    }

    /// A value of the query, with `%XX` resolved; nil when it is not there.
    package func query(_ name: String) -> String? {
        guard let mark = path.firstIndex(of: "?") else { return nil }
        for pair in path[path.index(after: mark)...].split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1)
            if parts.first == Substring(name) { return Self.plain(parts.last ?? "") }
        }
        return nil
    }

    package static func plain(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let code = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(code)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// An answer, honest or not.
package struct WebReply: Sendable {
    package var status: Int
    package var headers: [String: String]
    package var body: [UInt8]
    /// The connection is cut after so many bytes of the body; its length is told as if all came.
    package var cutAfter: Int?
    /// After what is cut off the connection stays open, and nothing more is said.
    package var staysOpen = false
    /// After the head the connection becomes one to this port of the machine (`CONNECT`).
    package var tunnel: Int?
    /// Nothing is answered at all.
    package var isSilent = false

    package init(
        _ status: Int = 200, headers: [String: String] = [:], body: some Sequence<UInt8> = [],
        cutAfter: Int? = nil
    ) {
        self.status = status
        self.headers = headers
        self.body = Array(body)
        self.cutAfter = cutAfter
    }
}

/// A small HTTP/1.1 server on a port of the kernel's choice: one thread and one exchange a
/// connection, so that an answer can be wrong in every way.
package final class WebServer: Sendable {
    package let port: Int
    private let listener: Int32
    private let seen = Mutex<[WebRequest]>([])

    package var host: String { "127.0.0.1:\(port)" }
    /// What has been asked so far.
    package var requests: [WebRequest] { seen.withLock { $0 } }

    package init(_ answer: @escaping @Sendable (WebRequest) -> WebReply) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Files.failure("open", "a socket") }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                guard unsafe bind(descriptor, raw, length) == 0, listen(descriptor, 64) == 0 else {
                    return Int32(-1)
                }
                return unsafe getsockname(descriptor, raw, &length)
            }
        }
        guard result == 0 else { throw Files.failure("listen on", "127.0.0.1") }
        listener = descriptor
        port = Int(UInt16(bigEndian: address.sin_port))
        let queue = DispatchQueue(label: "slipway.test.web", attributes: .concurrent)
        queue.async { [weak self] in
            while true {
                let connection = accept(descriptor, nil, nil)
                guard connection >= 0 else { return }
                queue.async { [weak self] in
                    self?.serve(connection, answer)
                    close(connection)
                }
            }
        }
    }

    deinit { stop() }

    package func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
    }

    private func serve(_ connection: Int32, _ answer: (WebRequest) -> WebReply) {
        guard let request = Self.read(connection) else { return }
        seen.withLock { $0.append(request) }
        let reply = answer(request)
        // Until the other side has had enough.
        func wait() {
            var byte: UInt8 = 0
            _ = unsafe Glibc.read(connection, &byte, 1)
        }
        if reply.isSilent { return wait() }
        if let port = reply.tunnel {
            Self.write(connection, Array("HTTP/1.1 200 Reply\r\n\r\n".utf8))
            return Tunnel.run(connection, to: port)
        }
        var head = "HTTP/1.1 \(reply.status) Reply\r\n"
        var headers = reply.headers
        if headers["content-length"] == nil { headers["content-length"] = "\(reply.body.count)" }
        headers["connection"] = "close"
        for (name, value) in headers.sorted(by: { $0.key < $1.key }) {
            head += "\(name): \(value)\r\n"
        }
        var bytes = Array((head + "\r\n").utf8)
        if request.method != "HEAD" { bytes += reply.body.prefix(reply.cutAfter ?? .max) }
        Self.write(connection, bytes)
        if reply.staysOpen { wait() }
    }

    private static func write(_ connection: Int32, _ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes {
                unsafe send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    private static func read(_ connection: Int32) -> WebRequest? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 8192)
        func more() -> Bool {
            let count = unsafe Glibc.read(connection, &buffer, buffer.count)
            guard count > 0 else { return false }
            bytes += buffer[..<count]
            return true
        }
        let end = Array("\r\n\r\n".utf8)
        while bytes.firstRange(of: end) == nil {
            // No HTTP at all, such as a TLS handshake: answered as real servers do.
            if let first = bytes.first, first < 0x20 {
                write(connection, Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8))
                return nil
            }
            guard bytes.count < 1 << 20, more() else { return nil }
        }
        guard let range = bytes.firstRange(of: end) else { return nil }
        let lines = String(decoding: bytes[..<range.lowerBound], as: UTF8.self)
            .split(separator: "\r\n")
        let words = (lines.first ?? "").split(separator: " ")
        guard words.count == 3 else { return nil }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] =
                parts.count > 1 ? String(parts[1].drop { $0 == " " }) : ""
        }
        let length = Int(headers["content-length"] ?? "0") ?? 0
        while bytes.count - range.upperBound < length { guard more() else { return nil } }
        return WebRequest(
            method: String(words[0]), path: String(words[1]), headers: headers,
            body: Array(bytes[range.upperBound...]))
    }
}
