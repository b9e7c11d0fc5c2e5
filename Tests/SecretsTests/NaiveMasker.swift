@testable import Secrets

/// Too simple to be wrong: tries every form at every place.
enum NaiveMasker {
    static func mask(_ text: [UInt8], _ forms: some Collection<[UInt8]>) -> [UInt8] {
        var ends = [Int](repeating: 0, count: text.count)
        for place in text.indices {
            for form in forms where text[place...].starts(with: form) {
                ends[place] = max(ends[place], place + form.count)
            }
        }
        var shown: [UInt8] = []
        var end = 0
        for place in text.indices {
            if ends[place] > place {
                // A match that overlaps the one before belongs to its `***`.
                if place >= end { shown += Array("***".utf8) }
                end = max(end, ends[place])
            }
            if place >= end { shown.append(text[place]) }
        }
        return shown
    }
}
