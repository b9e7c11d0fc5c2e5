package import Domain
package import OCI

/// `<file>.lock`: what every component of a workflow meant when it was written (DESIGN §2,
/// "Components"). An index stands for all its platforms.
///
/// ```yaml
/// slipway-lock: 1
/// components:
///   "docker.io/library/gcc:12": sha256:2c26…
/// ```
package struct LockFile: Sendable {
    /// Component as the workflow names it → digest.
    package private(set) var components: [String: Digest] = [:]
    /// Everything that is wrong with the file.
    package private(set) var diagnostics: [Diagnostic] = []

    package static let version: Int64 = 1

    /// Beside a workflow file.
    package static func path(of file: String) -> String { "\(file).lock" }

    package init(components: [String: Digest]) {
        self.components = components
    }

    /// Reads a file with the care, and the limits, of a workflow file.
    package init(parsing bytes: [UInt8]) {
        let (node, problems) = YAMLReader.read(bytes)
        var decoder = WorkflowDecoder(checks: .none)
        decoder.findings = problems
        if let node, let fields = decoder.fields(of: node, .lock) {
            decoder.checkVersion(of: fields)
            if let list = fields.value("components") {
                components = decoder.lockedComponents(list)
            } else {
                decoder.report(.missingKey, fields.start, "'components' is missing")
            }
        }
        diagnostics = decoder.findings.sorted
    }

    /// The same for the same components, in whatever order they were found.
    package var text: String {
        var lines = [
            "# Written by 'slipway lock'; 'slipway run --locked' runs nothing else.",
            "slipway-lock: \(Self.version)",
            components.isEmpty ? "components: {}" : "components:",
        ]
        lines += components.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            .map { "  \"\($0.key)\": \($0.value)" }
        return lines.joined(separator: "\n") + "\n"
    }
}

extension WorkflowDecoder {
    fileprivate mutating func checkVersion(of fields: Fields) {
        guard let node = fields.value("slipway-lock") else {
            report(.invalidVersion, fields.start, "'slipway-lock' is missing; expected 1")
            return
        }
        if node.schemaType != .integer(LockFile.version) {
            report(.invalidVersion, node, "slipway-lock is \(node.shown); expected 1")
        }
    }

    fileprivate mutating func lockedComponents(_ node: YAMLNode) -> [String: Digest] {
        var components: [String: Digest] = [:]
        for entry in entries(of: node, "components") ?? [] {
            guard let name = text(entry.key, "a component"), let text = text(entry.value, name)
            else { continue }
            do {
                let reference = try ImageReference(parsing: name)
                components[reference.description] = try Digest(parsing: text)
            } catch let error as ReferenceError {
                report(.invalidImage, entry.key, error.description)
            } catch let error as DigestError {
                report(.invalidValue, entry.value, error.description)
            } catch {
                report(.invalidValue, entry.value, "\(error)")
            }
        }
        return components
    }
}

extension FormatKeys {
    static let lock = FormatKeys(
        place: "a lock file", known: ["slipway-lock", "components"], refused: [])
}
