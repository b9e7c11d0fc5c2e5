/// What an OCI runtime says when it cannot start a container.
enum RuntimeMessage {
    /// The reason alone: runc logs `time="…" level=error msg="…"`, with quotes escaped in it.
    static func text(of message: String) -> String {
        let line = message.split(separator: "\n").last.map(String.init) ?? message
        guard let mark = line.firstRange(of: "msg=\"") else { return line }
        var text = ""
        var isEscaped = false
        for scalar in line[mark.upperBound...].unicodeScalars {
            if isEscaped {
                text.unicodeScalars.append(scalar == "n" ? " " : scalar)
                isEscaped = false
            } else if scalar == "\\" {
                isEscaped = true
            } else if scalar == "\"" {
                break
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
        return text
    }

    /// Whether the program is missing from the image or is none: the words of runc 1.1 (`exec:
    /// "x": executable file not found in $PATH`) and crun 1.8 (``executable file `x` not found``).
    static func isAboutProgram(_ text: String) -> Bool {
        text.contains("executable file not found") || text.contains("exec format error")
            || text.contains("exec: \"")
            || (text.contains("executable file `") && text.contains("not found"))
    }
}
