/// How strongly a job's container is kept from the machine; the cases stand in the order of their
/// strength (DESIGN §6).
package enum Sandbox: String, Hashable, Sendable, CaseIterable, Comparable {
    /// The machine's own kernel, behind namespaces, control groups and a filter of system calls.
    case standard
    /// A kernel of its own in a process (gVisor): the machine's sees few system calls.
    case gvisor
    /// A kernel of its own in a virtual machine.
    case vm

    package static func < (left: Sandbox, right: Sandbox) -> Bool {
        left.rank < right.rank
    }

    private var rank: Int {
        switch self {
        case .standard: 0
        case .gvisor: 1
        case .vm: 2
        }
    }

    /// Whether containers of an attempt can share one loopback device: a kernel of its own has a
    /// network stack of its own.
    package var hasServices: Bool { self == .standard }

}
