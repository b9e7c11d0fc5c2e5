/// `Link: </v2/a/tags/list?n=10&last=x>; rel="next"` (RFC 8288; OCI distribution spec 1.1,
/// "Listing Tags").
enum NextPage {
    /// The target of the first `next` link; nil when there is none.
    static func target(inLink fields: [String]) -> String? {
        for field in fields where field.utf8.count <= WebAddress.lengthLimit {
            for link in field.split(separator: "<").prefix(16) {
                guard let close = link.firstIndex(of: ">") else { continue }
                let parameters = link[link.index(after: close)...].lowercased()
                let isNext = parameters.split(whereSeparator: { ";,".contains($0) }).contains {
                    let text = $0.filter { !" \t\"".contains($0) }
                    return text == "rel=next"
                }
                if isNext { return String(link[..<close]) }
            }
        }
        return nil
    }
}
