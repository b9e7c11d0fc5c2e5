/// How many cells of a terminal a text takes (Unicode UAX #11: wide scalars take two; marks that
/// combine with the one before take none).
///
/// Terminals differ about rare scalars; where in doubt a scalar counts as wide, so that a line is
/// rather too short than broken.
enum CellWidth {
    static func of(_ scalar: Unicode.Scalar) -> Int {
        let value = scalar.value
        // What most texts are made of.
        if value < 0x300 { return 1 }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: return isWide(value) ? 2 : 1
        }
    }

    static func of(_ text: String) -> Int {
        text.unicodeScalars.reduce(0) { $0 + of($1) }
    }

    /// The beginning of a line that fits into some cells; what is cut is marked. Without controls.
    static func fit(_ text: String, _ width: Int) -> String {
        var kept = String.UnicodeScalarView()
        var (used, count) = (0, 0)
        /// What still leaves room for the mark.
        var fitting = 0
        for scalar in TerminalText.line(text).unicodeScalars {
            used += of(scalar)
            guard used <= width else {
                return width < 1
                    ? "" : String(String.UnicodeScalarView(kept.prefix(fitting))) + "…"
            }
            kept.append(scalar)
            count += 1
            if used <= width - 1 { fitting = count }
        }
        return String(kept)
    }

    private static func isWide(_ value: UInt32) -> Bool {
        switch value {
        case 0x1100...0x115f, 0x231a...0x231b, 0x2329...0x232a, 0x23e9...0x23ec,
            0x25fd...0x25fe, 0x2614...0x2615, 0x2648...0x2653, 0x26aa...0x26ab,
            0x26bd...0x26be, 0x26c4...0x26c5, 0x2705, 0x270a...0x270b, 0x2728, 0x274c,
            0x274e, 0x2753...0x2755, 0x2757, 0x2795...0x2797, 0x2b1b...0x2b1c, 0x2b50, 0x2b55,
            0x2e80...0x303e, 0x3041...0x33ff, 0x3400...0x4dbf, 0x4e00...0x9fff,
            0xa000...0xa4cf, 0xa960...0xa97c, 0xac00...0xd7a3, 0xf900...0xfaff,
            0xfe10...0xfe19, 0xfe30...0xfe6f, 0xff00...0xff60, 0xffe0...0xffe6,
            0x16fe0...0x18d08, 0x1aff0...0x1b2fb, 0x1f004, 0x1f0cf, 0x1f18e,
            0x1f191...0x1f19a, 0x1f200...0x1f320, 0x1f32d...0x1f64f, 0x1f680...0x1f6ff,
            0x1f7e0...0x1f7f0, 0x1f90c...0x1faff, 0x20000...0x3fffd:
            true
        default: false
        }
    }
}
