import Domain
import Storage

/// Executables that were built together with the tests.
package enum BuiltProduct {
    /// The path of an executable of this package, which lies beside the test program.
    package static func path(_ name: String) throws -> String {
        let own = try Files.realPath("/proc/self/exe")
        let path = "\(PathText.folder(of: own))/\(name)"
        guard Files.isExecutable(path) else {
            throw StorageError.system(operation: "find the built", path: path, errno: 2)
        }
        return path
    }
}

/// Things that the tests share with people: base images and examples.
package enum Checkout {
    /// The folder of this checkout.
    package static let root: String = {
        // …/Sources/TestSupport/BuiltProduct.swift
        let parts = #filePath.split(separator: "/").dropLast(3)
        return "/" + parts.joined(separator: "/")
    }()

    /// A docker-archive that `scripts/images` makes, such as `busybox`.
    package static func image(_ name: String) throws -> String {
        let path = "\(root)/Examples/.images/\(name).tar"
        guard Files.exists(path) else {
            throw StorageError.archive(
                path: path, why: "it is not there; make it with: scripts/images \(name)")
        }
        return path
    }
}
