import Glibc

/// What whoever runs the tests may ask for by variables.
package enum TestSettings {
    /// A count such as `SLIPWAY_POWER_CUTS=50`.
    package static func number(_ variable: String, default value: Int) -> Int {
        guard let text = unsafe getenv(variable) else { return value }
        return Int(unsafe String(cString: text)) ?? value
    }
}
