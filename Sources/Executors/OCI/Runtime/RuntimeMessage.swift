/// What an OCI runtime says when it cannot start a container.
enum RuntimeMessage {
    /// The reason alone: runc logs `time="…" level=error msg="…"`, quoted as Go does; crun says it
    /// plainly.
    static func text(of message: String) -> String {
        let line = message.split(separator: "\n").last.map(String.init) ?? message
        guard let mark = line.firstRange(of: "msg=\"") else { return line }
        var text = String.UnicodeScalarView()
        var rest = line[mark.upperBound...].unicodeScalars
        while let scalar = rest.popFirst(), scalar != "\"" {
            guard scalar == "\\" else {
                text.append(scalar)
                continue
            }
            switch rest.popFirst() {
            case "n", "t", "r": text.append(" ")
            case "x": text.append(number(&rest, digits: 2))
            case "u": text.append(number(&rest, digits: 4))
            case let other?: text.append(other)
            case nil: break
            }
        }
        return String(text)
    }

    private static func number(
        _ rest: inout Substring.UnicodeScalarView, digits: Int
    ) -> Unicode.Scalar {
        let text = String(rest.prefix(digits))
        rest = rest.dropFirst(digits)
        return UInt32(text, radix: 16).flatMap(Unicode.Scalar.init) ?? "\u{FFFD}"
    }

    /// Whether the program is missing from the image or is none, in the words of runc 1.1 and of
    /// crun 1.8, or of runsc:
    ///
    ///     exec: "x": executable file not found in $PATH
    ///     exec: "/x": stat /x: no such file or directory
    ///     exec: "/x": permission denied
    ///     exec /x: exec format error
    ///     executable file `x` not found in $PATH: No such file or directory
    ///     exec container process `/x`: Exec format error
    ///     starting sandbox: error finding executable "x" in PATH […]: no such file or directory
    ///     starting sandbox: creating process: failed to load /x: exec format error
    static func isAboutProgram(_ text: String) -> Bool {
        let isRunc =
            text.contains("container process: exec: \"") || text.hasSuffix("exec format error")
        let isCrun =
            (text.contains("executable file `") && text.contains("` not found"))
            || text.contains("exec container process")
        let isGVisor =
            text.contains("error finding executable \"") || text.contains(": failed to load /")
        return isRunc || isCrun || isGVisor
    }
}
