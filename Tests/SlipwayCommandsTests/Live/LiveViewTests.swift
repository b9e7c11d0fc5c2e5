import Testing
import Workflows

@testable import SlipwayCommands

/// Keys in, actions out.
struct LiveViewTests {
    /// A run of five jobs in its second stage: one failed, one runs, one waits.
    private static func busy() throws -> LiveFixture {
        var fixture = try LiveFixture(LiveFixture.five)
        try fixture.start(0)
        try fixture.end(0)
        try fixture.start(1)
        try fixture.end(1, .failed, reason: "exit code 1")
        try fixture.start(2)
        return fixture
    }

    @Test("up, down, j and k move through the jobs of the open stage, and stay within")
    func moves() throws {
        var fixture = try Self.busy()
        #expect(fixture.view.selected == nil)
        fixture.press(.down)
        #expect(fixture.view.selected == .leg(1))
        fixture.press(.character("j"), .down, .down)
        #expect(fixture.view.selected == .leg(3))
        fixture.press(.character("k"))
        #expect(fixture.view.selected == .leg(2))
        fixture.press(.home, .up)
        #expect(fixture.view.selected == .leg(1))
        fixture.press(.end)
        #expect(fixture.view.selected == .leg(3))
        fixture.press(.escape)
        #expect(fixture.view.selected == nil)
        fixture.press(.up)
        #expect(fixture.view.selected == .leg(3))
    }

    @Test(
        "Enter or l follows the selected job's log; q or Esc goes back", arguments: [true, false])
    func follows(byEnter: Bool) throws {
        var fixture = try Self.busy()
        fixture.press(.down, .down)
        #expect(fixture.press(byEnter ? .enter : .character("l")) == .follow(leg: 2))
        #expect(fixture.view.mode == .log)
        #expect(fixture.view.pane?.label == "test.unit")
        // Keys of the overview mean nothing here.
        #expect(fixture.press(.character("c")) == nil)
        #expect(fixture.view.mode == .log)
        #expect(fixture.press(byEnter ? .escape : .character("q")) == .unfollow)
        #expect(fixture.view.mode == .overview)
        #expect(fixture.view.pane == nil)
    }

    @Test("without a selection the first failure is followed; what has not begun has no log")
    func followsFirst() throws {
        var fixture = try Self.busy()
        #expect(fixture.press(.enter) == .follow(leg: 1))
        fixture.press(.escape, .end)
        #expect(fixture.press(.enter) == nil)
        #expect(fixture.view.notice == "no log yet: it has not begun")
        fixture.press(.up)
        #expect(fixture.view.notice == nil)
    }

    @Test("cancel asks first, and takes y alone for yes")
    func cancels() throws {
        var fixture = try Self.busy()
        #expect(fixture.press(.character("c")) == nil)
        #expect(fixture.view.mode == .confirmCancel)
        #expect(fixture.press(.character("n")) == nil)
        #expect(fixture.view.mode == .overview)
        #expect(fixture.press(.character("c"), .enter) == nil)
        #expect(fixture.press(.character("c"), .character("y")) == .request(.cancel))
        try fixture.commit(.cancelRequested(actor: "me", reason: ""))
        fixture.press(.character("c"))
        #expect(fixture.lines().contains("end the end stages too? y/n"))
        #expect(fixture.press(.character("y")) == .request(.cancel))
    }

    @Test("a and r decide a pause, with a comment that can be mended, and nothing elsewhere")
    func decides() throws {
        var fixture = try LiveFixture(LiveFixture.paused)
        #expect(fixture.press(.character("a")) == nil)
        #expect(fixture.view.mode == .overview)
        try fixture.start(0)
        try fixture.end(0)
        #expect(fixture.state.phase == .paused)
        fixture.press(.character("a"), .character("o"), .character("é"), .backspace)
        fixture.press(.character("k"), .character("q"))
        #expect(
            fixture.lines().contains("approve, because (Enter: approve, Esc: not now): okq_"))
        #expect(
            fixture.press(.enter) == .request(.decide(isApproval: true, comment: "okq")))
        #expect(fixture.view.mode == .overview)
        fixture.press(.character("r"), .character("n"))
        #expect(fixture.press(.escape) == nil)
        #expect(fixture.view.mode == .overview)
        fixture.press(.character("r"))
        for _ in 0..<2000 { fixture.press(.character("x")) }
        guard case .request(.decide(false, let comment))? = fixture.press(.enter) else {
            Issue.record("it was not rejected")
            return
        }
        #expect(comment.utf8.count == LiveView.commentLimit)
    }

    @Test("q leaves, unless there is nothing left to leave")
    func leaves() throws {
        var fixture = try Self.busy()
        #expect(fixture.press(.character("q")) == .request(.leave))
        try fixture.end(2)
        try fixture.start(3)
        try fixture.end(3)
        #expect(fixture.state.phase == .failed)
        #expect(fixture.press(.character("q")) == nil)
        #expect(fixture.press(.character("c")) == nil)
        #expect(fixture.view.mode == .overview)
    }

    @Test("f shows failures alone")
    func filters() throws {
        var fixture = try Self.busy()
        fixture.press(.character("f"))
        #expect(fixture.view.reachable == [.leg(1)])
        fixture.press(.character("f"))
        #expect(fixture.view.reachable == [.leg(1), .leg(2), .leg(3)])
    }

    @Test("in a stage that does not fit, failures come first, then the slowest")
    func urgent() throws {
        var fixture = try LiveFixture(LiveFixture.large(5000), rows: 20)
        try fixture.start(0)
        try fixture.end(0)
        for leg in 1...30 {
            fixture.seconds += 1
            try fixture.start(leg)
        }
        try fixture.end(20, .failed)
        try fixture.end(5, .errored)
        let running = (1...30).filter { $0 != 20 && $0 != 5 }.map { LiveRun.Item.leg($0) }
        #expect(fixture.view.reachable == [.leg(20), .leg(5)] + running)
    }

    @Test("a log that is read keeps its place while lines come, and its end is followed again")
    func pane() {
        var pane = LogPane(leg: 0, label: "a.b")
        pane.append((0..<100).map(String.init))
        #expect(Array(pane.window(height: 3)) == ["97", "98", "99"])
        pane.scroll(by: -10, height: 3)
        pane.append(["100"])
        #expect(Array(pane.window(height: 3)) == ["87", "88", "89"])
        pane.scroll(by: 50, height: 3)
        #expect(Array(pane.window(height: 3)) == ["98", "99", "100"])
        pane.append(["101"])
        #expect(Array(pane.window(height: 3)) == ["99", "100", "101"])
        pane.scrollToStart(height: 3)
        #expect(Array(pane.window(height: 3)) == ["0", "1", "2"])
        pane.append((0..<LogPane.lineLimit).map { "new \($0)" })
        #expect(pane.lines.count == LogPane.lineLimit)
        #expect(pane.dropped == 102)
        #expect(Array(pane.window(height: 1)) == ["new 0"])
        #expect(Array(pane.window(height: 0)).isEmpty)
    }
}
