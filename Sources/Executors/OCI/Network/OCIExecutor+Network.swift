import Workflows

extension OCIExecutor {
    /// What an attempt may reach. A configuration that cannot be read opens nothing.
    func reach(of attempt: AttemptRequest) throws -> NetworkReach {
        let isBridge = attempt.isolation.network == .bridge
        return NetworkReach(
            network: attempt.isolation.network, egress: attempt.isolation.egress,
            denied: isBridge ? try denied() : [])
    }
}
