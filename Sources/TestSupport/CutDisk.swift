import Storage

/// A file system of its own, ext4 in a file, whose power can be cut at any moment: from then on
/// nothing is written, and what was not synced before is gone. Needs root.
///
/// The kernel writes on its own only what is older than half a minute (vm.dirty_expire_centisecs),
/// and its journal every ten minutes, so within a test nothing is kept that nobody asked for.
package struct CutDisk: Sendable {
    /// The file that holds it.
    package let image: String
    /// Where it is mounted.
    package let path: String

    package init(image: String, path: String) {
        self.image = image
        self.path = path
    }

    package func make(megabytes: Int) async throws {
        try await run("/usr/bin/truncate", ["-s", "\(megabytes)M", image])
        try await run("/usr/sbin/mkfs.ext4", ["-q", "-m", "0", image])
    }

    /// Replays the journal, as a machine that starts again does.
    package func mount() async throws {
        try Files.makeFolders(path)
        // Without `noauto_da_alloc` the kernel would mend a rename that nobody synced.
        try await run(
            "/bin/mount", ["-o", "loop,commit=600,noauto_da_alloc", image, path])
    }

    package func unmount() async throws {
        let gone: Bool? = try await eventually {
            let result = try await Program.run("/bin/umount", [path])
            return result.code == 0 ? true : nil
        }
        // A process that is just ending may hold it yet, in a mount namespace of its own: mounted
        // again it would be the same disk, as it was.
        _ = try await eventually { () -> Bool? in
            let devices = try await Program.run("/usr/sbin/losetup", ["-j", image])
            return devices.output.isEmpty ? true : nil
        }
        guard gone == true else { throw StorageError.archive(path: path, why: "it is in use") }
    }

    /// Whoever still uses it gets errors.
    package func cut() async throws {
        // EXT4_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH: not even the journal is written out.
        let script =
            "open F, '<', $ARGV[0]; my $f = pack 'L', 2; ioctl(F, 0x8004587d, $f) or die $!"
        try await run("/usr/bin/perl", ["-e", script, path])
    }

    /// Makes it take no writes any more, as the kernel does of its own after an error.
    package func turnReadOnly() async throws {
        try await run("/bin/mount", ["-o", "remount,abort", path])
    }

    private func run(_ program: String, _ arguments: [String]) async throws {
        let result = try await Program.run(program, arguments)
        guard result.code == 0 else { throw StorageError.archive(path: path, why: result.error) }
    }
}
