import Domain

extension RunState {
    /// Somebody goes into an attempt (docs/decisions/0021).
    mutating func enter(_ leg: Int, _ entrance: Entrance, at now: Timestamp) -> [RunEffect] {
        legs[leg].entrances.append(RecordedEntrance(time: now, entrance: entrance))
        return []
    }
}
