/// Folders that a job finds as an earlier one left them, by a key (DESIGN §5, "Memoisation").
package struct CacheDeclaration: Sendable {
    package let key: Template
    /// Relative to the working folder, in their shortest form; none lies in another.
    package let paths: [String]

    static let countLimit = 16
    static let pathLimit = 64
    /// Bytes of a key, its references expanded.
    package static let keyLimit = 512
}
