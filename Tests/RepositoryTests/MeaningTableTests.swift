import Foundation
import TestSupport
import Testing

/// Every sentence of the format's meaning has a test that is named after it.
struct MeaningTableTests {
    /// `TARGET/SUITE: NAME` of every test; a suite is the file's name up to `+`.
    private static func tests() throws -> Set<String> {
        let base = URL(filePath: "\(Checkout.root)/Tests")
        var found: Set<String> = []
        for path in try FileManager.default.subpathsOfDirectory(atPath: base.path)
        where path.hasSuffix(".swift") {
            let text = try String(contentsOf: base.appending(path: path), encoding: .utf8)
            let parts = path.split(separator: "/")
            guard let target = parts.first, let file = parts.last else { continue }
            let suite = file.prefix { $0 != "+" && $0 != "." }
            for name in names(in: text) { found.insert("\(target)/\(suite): \(name)") }
        }
        return found
    }

    /// The names that stand in `@Test("…`.
    private static func names(in text: String) -> [String] {
        text.components(separatedBy: "@Test(").dropFirst().compactMap { part in
            let rest = part.drop { $0 == " " || $0 == "\n" }
            guard rest.first == "\"" else { return nil }
            var name = ""
            var isEscaped = false
            for character in rest.dropFirst() {
                if !isEscaped, character == "\"" { return name }
                if !isEscaped, character == "\\" {
                    isEscaped = true
                } else {
                    name.append(character)
                    isEscaped = false
                }
            }
            return nil
        }
    }

    @Test("each sentence has its tests, and they are there")
    func present() throws {
        let tests = try Self.tests()
        #expect(tests.count > 500)
        for row in MeaningTable.rows {
            #expect(!row.tests.isEmpty || row.lacks != nil, "\(row.id): no test")
            for test in row.tests {
                #expect(tests.contains(test), "\(row.id), \(row.says): there is no test '\(test)'")
            }
        }
    }

    @Test("sentences have ids of their own")
    func ids() {
        let ids = MeaningTable.rows.map(\.id)
        #expect(Set(ids).count == ids.count)
        #expect(ids.count >= 60)
    }

    @Test("what this version lacks is said here, and nowhere else is anything left out")
    func lacking() {
        #expect(
            MeaningTable.rows.filter { $0.lacks != nil }.map(\.id) == [
                "references-1", "references-2", "timeout-2", "source-1", "components-2",
                "components-4", "who-1",
            ])
    }
}
