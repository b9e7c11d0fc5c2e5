import Storage
import Testing

/// What the machine knows of its users.
struct AccountTests {
    @Test("root is known, a number that nobody has is not")
    func known() {
        let root = Account(0)
        #expect(root.name == "root" && root.home == "/root")
        let nobody = Account(3_999_999_999)
        #expect(nobody.name == nil && nobody.home == nil)
    }
}
