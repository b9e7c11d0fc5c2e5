/// Draws frames over each other with as few bytes as it takes: lines that did not change are not
/// sent. It speaks what every terminal and tmux knows: cursor up and down, erase (ECMA-48
/// §8.3.22, §8.3.19, §8.3.39, §8.3.41).
///
/// Pure: it remembers what stands on the screen, and gives the bytes that change it. Between two
/// paintings the cursor stands at the start of the line below the frame.
struct FramePainter: Sendable {
    private(set) var drawn: [String] = []

    /// Lines fit the terminal, and are one fewer than its rows.
    mutating func paint(_ lines: [String]) -> String {
        guard lines != drawn else { return "" }
        var text = ""
        var row = drawn.count
        func move(to target: Int) {
            if target < row { text += "\u{1b}[\(row - target)A" }
            if target > row { text += "\u{1b}[\(target - row)B" }
            row = target
        }
        for (index, line) in lines.enumerated() {
            if index < drawn.count {
                guard line != drawn[index] else { continue }
                move(to: index)
                text += "\r\(line)\u{1b}[K"
            } else {
                // New lines are made by line feeds, so that the screen scrolls.
                move(to: index)
                text += "\r\(line)\u{1b}[K\n"
                row = index + 1
            }
        }
        move(to: lines.count)
        text += "\r"
        // A frame that shrank leaves old lines below it.
        if drawn.count > lines.count { text += "\u{1b}[J" }
        drawn = lines
        return text
    }

    /// Takes the frame away, so that something else can be printed in its place.
    mutating func erase() -> String {
        guard !drawn.isEmpty else { return "" }
        defer { drawn = [] }
        return "\u{1b}[\(drawn.count)A\r\u{1b}[J"
    }

    /// After the terminal changed its size nobody knows where lines stand: all is drawn anew, on
    /// an empty screen.
    mutating func clear() -> String {
        drawn = []
        return "\u{1b}[H\u{1b}[J"
    }

    /// Something else stands on the screen now.
    mutating func forget() { drawn = [] }
}
