import Workflows

/// Mistakes in what starts runs.
extension MistakeTests {
    /// `on` in line 6.
    private static func on(_ text: String) -> String {
        file(
            "stages:\n  - name: b\n    type: start\n    on: \(text)\n"
                + "  - {name: s, jobs: [{name: a, component: busybox}]}\n")
    }

    private static let manyPatterns = (0...100).map { "p\($0)" }.joined(separator: ", ")

    static let ofTriggers: [Mistake] = [
        marked(.wrongType, on("→push")),
        marked(.empty, on("→{}")),
        marked(.unknownKey, on("{→pushes: {}}")),
        marked(.unknownKey, on("{→pull_request: {}}")),
        marked(.wrongType, on("{push: →null}")),
        marked(.unknownKey, on("{push: {→branch: [main]}}")),
        marked(.unknownKey, on("{pull-request: {→tags: [main]}}")),
        marked(.wrongType, on("{push: {branches: →main}}")),
        marked(.wrongType, on("{push: {branches: [→[main]]}}")),
        marked(.wrongType, on("{push: {branches: [→null]}}")),
        marked(.empty, on("{push: {branches: →[]}}")),
        marked(.limit, on("{push: {branches: →[\(manyPatterns)]}}")),
        marked(.duplicateName, on("{push: {branches: [main, →main]}}")),
        marked(.invalidPattern, on("{push: {branches: [→'']}}")),
        marked(.invalidPattern, on("{push: {branches: [→'!main']}}")),
        marked(.invalidPattern, on("{push: {branches: [→'a[b']}}")),
        marked(.invalidPattern, on("{push: {branches: [ä, →'[z-a]']}}")),
        marked(.invalidPattern, on("{push: {branches: [→'a\\']}}")),
        marked(.invalidPattern, on("{push: {paths: [→/src]}}")),
        marked(.invalidPattern, on("{push: {paths: [→../src]}}")),
        marked(.invalidPattern, on("{push: {paths: [→src/]}}")),
        marked(.invalidPattern, on("{pull-request: {paths: [→./src]}}")),
        marked(.wrongType, on("{tag: →v*}")),
        marked(.empty, on("{tag: →[]}")),
        marked(.invalidPattern, on("{tag: [→'v[']}")),
        marked(.wrongType, on("{schedule: →{cron: '* * * * *'}}")),
        marked(.empty, on("{schedule: →[]}")),
        marked(.wrongType, on("{schedule: [→'0 3 * * 1']}")),
        marked(.missingKey, on("{schedule: [→{timezone: UTC}]}")),
        marked(.unknownKey, on("{schedule: [{→time: x, cron: '0 3 * * 1'}]}")),
        marked(.invalidSchedule, on("{schedule: [{cron: →'0 3 * *'}]}")),
        marked(.invalidSchedule, on("{schedule: [{cron: →'@daily'}]}")),
        marked(.invalidSchedule, on("{schedule: [{cron: →'60 3 * * 1'}]}")),
        marked(.invalidSchedule, on("{schedule: [{cron: →'0 0 31 2 *'}]}")),
        marked(.invalidSchedule, on("{schedule: [{cron: →'0 0 * * fri-mon'}]}")),
        marked(.invalidSchedule, on("{schedule: [{cron: →'*/0 * * * *'}]}")),
        marked(.wrongType, on("{schedule: [{cron: →[0, 3]}]}")),
        marked(.invalidTimeZone, on("{schedule: [{cron: '0 3 * * 1', timezone: →'+02:00'}]}")),
        marked(.invalidTimeZone, on("{schedule: [{cron: '0 3 * * 1', timezone: →../UTC}]}")),
        marked(.wrongType, on("{schedule: [{cron: '0 3 * * 1', timezone: →[UTC]}]}")),
        marked(.wrongType, on("{image: →library/base}")),
        marked(.missingKey, on("{→image: {}}")),
        marked(.invalidImage, on("{image: {repository: →Library/base}}")),
        marked(.invalidImage, on("{image: {repository: →'library/base:1'}}")),
        marked(.invalidImage, on("{image: {repository: →example.org/base}}")),
        marked(.missingKey, on("{→run: {state: failed}}")),
        marked(.invalidValue, on("{run: {workflow: other, state: →done}}")),
        marked(.invalidName, on("{run: {workflow: →a/b/c}}")),
        marked(.invalidName, on("{run: {workflow: →Other}}")),
        marked(.referenceCycle, on("{run: {workflow: →demo}}")),
        marked(.unknownKey, on("{webhook: {→secret: x}}")),
        marked(.wrongType, on("{webhook: →true}")),
        marked(.unknownKey, file("stages:\n  - name: s\n    →on: {}\n    jobs: []\n")),
    ]
}
