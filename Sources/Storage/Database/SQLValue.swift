/// A value of a database column.
package enum SQLValue: Hashable, Sendable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case blob([UInt8])
}

/// One row of a result; columns are read by index, counted from 0.
package struct ResultRow: Sendable {
    let values: [SQLValue]

    package func integer(at index: Int) throws(StorageError) -> Int64 {
        guard case .integer(let value) = values[index] else {
            throw .column(index: index, expected: "an integer")
        }
        return value
    }

    package func text(at index: Int) throws(StorageError) -> String {
        guard case .text(let value) = values[index] else {
            throw .column(index: index, expected: "a text")
        }
        return value
    }

    package func blob(at index: Int) throws(StorageError) -> [UInt8] {
        guard case .blob(let value) = values[index] else {
            throw .column(index: index, expected: "a blob")
        }
        return value
    }

    package func optionalInteger(at index: Int) throws(StorageError) -> Int64? {
        values[index] == .null ? nil : try integer(at: index)
    }

    package func optionalText(at index: Int) throws(StorageError) -> String? {
        values[index] == .null ? nil : try text(at: index)
    }
}
