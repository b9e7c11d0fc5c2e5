import Domain
import OCI
import Storage
import Workflows

extension WorkflowText {
    /// Where a lock file, if there is one, and the workflow part.
    func lockFindings() throws -> [Diagnostic] {
        let path = LockFile.path(of: file)
        guard let definition = outcome.definition, try Files.status(path) != nil else {
            return []
        }
        let lock = LockFile(parsing: try Files.readFile(path, limit: 16 << 20))
        guard lock.diagnostics.isEmpty else {
            return lock.diagnostics.map {
                var finding = $0
                finding.file = path
                return finding
            }
        }
        return Self.findings(definition, lock, file: file)
    }

    private static func findings(
        _ definition: WorkflowDefinition, _ lock: LockFile, file: String
    ) -> [Diagnostic] {
        let hint = "'slipway lock \(file)' writes it again"
        func warning(_ position: TextPosition, _ message: String) -> Diagnostic {
            Diagnostic(
                .warning, rule: LintRule.lockFile.rawValue, at: position, message, hint: hint)
        }
        // Of the workflows that this one calls, the place is in another file.
        var places: [String: TextPosition] = [:]
        for component in definition.stages.flatMap(\.jobs).compactMap(\.component) {
            let name = component.value.reference.description
            if places[name] == nil { places[name] = component.position }
        }
        let names = Set(definition.components.map(\.value.reference.description))
        let start = TextPosition(line: 1, column: 1)
        let lacking = names.subtracting(lock.components.keys).map {
            warning(places[$0] ?? start, "the lock file does not have the component '\($0)'")
        }
        let surplus = Set(lock.components.keys).subtracting(names).map {
            warning(start, "the lock file has '\($0)', which the workflow does not use")
        }
        return (lacking + surplus).sorted {
            ($0.position, $0.message) < ($1.position, $1.message)
        }
    }
}
