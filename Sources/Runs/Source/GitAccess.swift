import CLinux
import Domain
import Glibc
import Storage
import Workflows

/// What a `git` that talks to another machine has around it: its environment, and secrets in
/// nameless files, never in arguments, variables or on a disk.
struct GitAccess {
    private let folder: String
    private(set) var environment: [String]
    private(set) var descriptors: [slipway_descriptor] = []
    private(set) var held: [OpenFile] = []

    private let site: String

    init(folder: String, address: GitAddress) {
        self.folder = folder
        site = address.site
        let scheme = address.scheme
        environment = [
            "LC_ALL=C", "HOME=\(folder)", "XDG_CONFIG_HOME=\(folder)", "GIT_CONFIG_NOSYSTEM=1",
            "GIT_CONFIG_SYSTEM=/dev/null", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_ATTR_NOSYSTEM=1",
            "GIT_TERMINAL_PROMPT=0", "GIT_NO_REPLACE_OBJECTS=1",
            "GIT_ALLOW_PROTOCOL=\(scheme.rawValue)",
        ]
        for name in GitNetwork.variables {
            if let value = unsafe getenv(name) {
                environment.append("\(name)=\(unsafe String(cString: value))")
            }
        }
    }

    mutating func add(
        _ credentials: GitSource.Credentials?, secrets: [String: Secret], helper: String
    ) throws {
        guard let credentials else { return }
        guard let secret = secrets[credentials.secret] else {
            throw RunsError.secret(
                name: credentials.secret, why: "the source needs it, and it has no value")
        }
        switch credentials {
        case .password(let username, _):
            let file = try hold("\(site)\0\(username)\0\(secret.reveal())")
            descriptors.append(
                slipway_descriptor(
                    source: file.descriptor, target: GitHelper.passwordDescriptor))
            let path = "\(folder)/\(GitHelper.password.rawValue)"
            try Files.link(helper, at: path)
            environment.append("GIT_ASKPASS=\(path)")
        case .key(_, let knownHosts):
            let key = try hold(
                secret.reveal().hasSuffix("\n")
                    ? secret.reveal() : secret.reveal() + "\n")
            let path = "\(folder)/\(GitHelper.ssh.rawValue)"
            try Files.link(helper, at: path)
            environment += [
                "GIT_SSH=\(path)", "GIT_SSH_VARIANT=ssh",
                "\(GitHelper.keyVariable)=\(Self.path(of: key))",
            ]
            if let knownHosts {
                let hosts = try hold(knownHosts + "\n")
                environment.append("\(GitHelper.hostsVariable)=\(Self.path(of: hosts))")
            }
        }
    }

    /// ssh closes what it inherits, so it opens the file of this process, which lives longer.
    private static func path(of file: OpenFile) -> String {
        "/proc/\(getpid())/fd/\(file.descriptor)"
    }

    private mutating func hold(_ text: String) throws -> OpenFile {
        let file = try OpenFile(nameless: text.utf8)
        // ssh refuses a key that others may read.
        try file.setMode(0o600)
        held.append(file)
        return file
    }
}

/// How this machine reaches others.
package enum GitNetwork {
    /// Nothing else of the caller's environment is handed on to Git.
    package static let variables = [
        "http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy",
        "NO_PROXY", "GIT_SSL_CAINFO",
    ]
}

/// What this program is when Git starts it by another name.
package enum GitHelper: String, CaseIterable, Sendable {
    case password = "slipway-git-password"
    case ssh = "slipway-git-ssh"

    /// Where the helper for passwords finds them, which it inherits through Git.
    package static let passwordDescriptor: Int32 = 9
    /// Names of variables that hold paths of nameless files, no secrets.
    package static let keyVariable = "SLIPWAY_GIT_KEY"
    package static let hostsVariable = "SLIPWAY_GIT_HOSTS"

    /// The helper that a program's own name means.
    package init?(programName: String) {
        self.init(rawValue: String(programName.split(separator: "/").last ?? ""))
    }

    /// What is printed for a question such as `Username for 'https://example.org': `; nil when
    /// nobody gave it, and for every other place: Git asks for a proxy's password, too.
    ///
    /// `content`: scheme and host, the name, the password, with a zero byte between them.
    package static func answer(to question: String, from content: [UInt8]) -> [UInt8]? {
        let parts = content.split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let start = question.firstIndex(of: "'"),
            let end = question.lastIndex(of: "'"), start < end,
            site(ofURL: question[question.index(after: start)..<end])
                == String(decoding: parts[0], as: UTF8.self)
        else { return nil }
        if question.hasPrefix("Username for ") { return Array(parts[1]) }
        return question.hasPrefix("Password for ") ? Array(parts[2]) : nil
    }

    /// `https://example.org:8443` of `https://me@example.org:8443/x`.
    private static func site(ofURL url: Substring) -> String? {
        guard let colons = url.firstRange(of: "://") else { return nil }
        let authority = url[colons.upperBound...].prefix { $0 != "/" }
        let host = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] }
        return String(url[..<colons.upperBound] + (host ?? authority))
    }

    /// The words that ssh is started with, before Git's own.
    package static func options(key: String, knownHosts: String?) -> [String] {
        var options = [
            "-F", "/dev/null", "-i", key, "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none",
            "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes", "-o", "ConnectTimeout=30",
            "-o", "ServerAliveInterval=15", "-o", "PasswordAuthentication=no",
        ]
        if let knownHosts {
            options += [
                "-o", "UserKnownHostsFile=\(knownHosts)", "-o", "GlobalKnownHostsFile=/dev/null",
            ]
        }
        return options
    }
}
