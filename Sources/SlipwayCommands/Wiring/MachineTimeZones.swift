import Domain
import Glibc
import Storage
import Workflows

/// The time zone database of this machine (Debian's package tzdata).
enum MachineTimeZones {
    static let folder = "/usr/share/zoneinfo"

    /// Whether a zone is in the database: a file of the form of RFC 8536 below its folder, which no
    /// name and no link leaves. Without a database nothing is known.
    static func lookup(
        _ name: TimeZoneName, in folder: String = MachineTimeZones.folder
    ) -> TimeZoneLookup {
        let top: OpenFile
        do { top = try Files.open(folder, O_RDONLY | O_DIRECTORY) } catch { return .unknown }
        do {
            let file = try Files.open(
                beneath: top, name.description, O_RDONLY | O_NONBLOCK, follow: true)
            if try file.status().kind == .file, try file.read(4) == Array("TZif".utf8) {
                return .found
            }
        } catch StorageError.system(_, _, let code)
            where [ENOENT, ENOTDIR, EXDEV, ELOOP].contains(code)
        {
            // There is no such zone.
        } catch {
            return .unknown
        }
        return .missing(nearest: Suggestion.nearest(to: name.description, among: names(in: folder)))
    }

    /// The names of the database's own table (`zone.tab`: country, place, name), and UTC's.
    private static func names(in folder: String) -> [String] {
        let bytes: [UInt8]
        do { bytes = try Files.readFile("\(folder)/zone.tab", limit: 1 << 20) } catch { return [] }
        let named = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
            .filter { !$0.hasPrefix("#") }
            .map { $0.split(separator: "\t") }
            .filter { $0.count >= 3 }
            .map { String($0[2]) }
        return ["UTC", "Etc/UTC"] + named
    }
}
