import SlipwayCommands
import Testing

/// Text that goes through troff and is shown as it was.
struct ManualTextTests {
    @Test(
        "what troff would take for its own is written so that it is shown",
        arguments: [
            ("plain", "plain"),
            ("--input", "\\-\\-input"),
            ("a\\b", "a\\eb"),
            ("'slipway run'", "\\(aqslipway run\\(aq"),
            ("say \"so\"", "say \\(dqso\\(dq"),
            ("~/.local ^ `x`", "\\(ti/.local \\(ha \\(gax\\(ga"),
            ("wait…", "wait\\[u2026]"),
            ("🚢", "\\[u1F6A2]"),
            ("a\tb", "a    b"),
        ])
    func escapes(text: String, expected: String) {
        #expect(ManualText.escaped(text) == expected)
    }

    @Test(
        "code in sentences is bold, also where its end is missing",
        arguments: [
            ("see `run -i`.", "see \\fBrun \\-i\\fR."),
            ("`a` and `b`", "\\fBa\\fR and \\fBb\\fR"),
            ("an `open end", "an \\fBopen end\\fR"),
        ])
    func prose(text: String, expected: String) {
        #expect(ManualText.prose(text).replacing("\\fB\\fR", with: "") == expected)
    }

    @Test("lines are filled, and no line of text begins with a dot")
    func wraps() {
        let text = "one two .three four " + String(repeating: "x", count: 20)
        #expect(
            ManualText.wrapped(text, columns: 8)
                == ["one two", "\\&.three", "four", String(repeating: "x", count: 20)])
        #expect(ManualText.wrapped("") == [])
        #expect(ManualText.wrapped("  a\n b ") == ["a b"])
    }

    @Test("help flows, and what it indents stays as it is laid out")
    func discussion() {
        var page = ManualPage(
            "slipway-x", section: 1, about: "Do X.",
            edition: ManualPage.Edition(version: "1.0-dev", date: "2026-01-02"))
        page.heading("Description")
        page.discussion("First\nsentence.\n  slipway x\n    .y  # 'z'\nLast.\n\nApart.")
        #expect(
            page.text == """
                .TH SLIPWAY\\-X 1 2026-01-02 "slipway 1.0\\-dev" "Slipway manual"
                .SH NAME
                slipway\\-x \\- do X
                .SH "DESCRIPTION"
                First sentence.
                .PP
                .RS 4
                .nf
                slipway x
                  .y  # \\(aqz\\(aq
                .fi
                .RE
                .PP
                Last.
                .PP
                Apart.

                """)
        #expect(page.fileName == "slipway-x.1")
    }
}
