/// What a complaint of `git` about another machine means, and what to do about it.
struct GitFailure {
    /// Git's own words, in English, in one line.
    let message: String
    let address: String
    let hasCredentials: Bool

    private static let unreachable = [
        "Could not resolve host", "unable to look up", "Connection refused", "Failed to connect",
        "Connection timed out", "unable to connect", "Network is unreachable", "No route to host",
        "Name or service not known", "Operation timed out", "Operation too slow",
        "Temporary failure in name resolution",
    ]
    private static let refused = [
        "Authentication failed", "could not read Username", "could not read Password",
        "Permission denied (", "returned error: 401", "returned error: 403",
        "Invalid username or password",
    ]
    private static let missing = [
        "not found", "does not appear to be a git repository", "returned error: 404",
        "access denied or repository not exported",
    ]

    private func says(_ words: [String]) -> Bool { words.contains { message.contains($0) } }

    var error: RunsError {
        let place = "git cannot reach '\(address)'"
        if says(["Host key verification failed"]) {
            return .source(
                "the key of the host of '\(address)' is not known; compare what 'ssh-keyscan HOST' "
                    + "prints with the host's own word, and add it as 'known-hosts' to "
                    + "'credentials' (git: \(message))")
        }
        if says(Self.unreachable) {
            return .unreachable("\(place): \(message); is the network there, and the name right?")
        }
        if says(Self.refused) {
            let advice =
                hasCredentials
                ? "the secret in 'credentials' is not accepted"
                : "it asks for credentials; add 'credentials: {username: NAME, password: "
                    + "secrets.X}' beside 'git'"
            return .source("'\(address)' lets nobody in: \(advice) (git: \(message))")
        }
        if says(Self.missing) {
            return .source(
                "there is no repository at '\(address)', or it is hidden from whom it does not "
                    + "know (git: \(message))")
        }
        return .source("git cannot fetch '\(address)': \(message)")
    }
}
