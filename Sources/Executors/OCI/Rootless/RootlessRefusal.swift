/// Why containers do not work here without root, and the command that mends it.
package struct RootlessRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    package let why: String
    package let fix: String?

    package init(_ why: String, fix: String? = nil) {
        self.why = why
        self.fix = fix
    }

    package var description: String {
        "without root, jobs cannot run here: \(why)" + (fix.map { "; as root: \($0)" } ?? "")
    }

    static func missingTool(_ name: String) -> RootlessRefusal {
        RootlessRefusal(
            "'\(name)' is not in the system's folders", fix: "apt-get install uidmap")
    }

    static func missingRanges(_ file: String, count: UInt64, name: String) -> RootlessRefusal {
        RootlessRefusal(
            count == 0
                ? "\(file) has no line for \(name)"
                : "\(file) gives \(name) \(count) numbers; expected \(SubordinateIDs.wanted) or "
                    + "more",
            // A range that nobody has: see what stands there first.
            fix: "usermod --add-subuids 100000-165535 --add-subgids 100000-165535 \(name) (other "
                + "numbers where \(file) gives these to somebody else)")
    }
}
