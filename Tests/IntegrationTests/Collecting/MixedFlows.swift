import Glibc
import Storage
import TestSupport

/// Workflows that leave something of every kind in a home, for what is to clean up behind them.
enum MixedFlows: Int, CaseIterable {
    case artifacts, failure, retries, services, caches, memo, workspace, calls, cancelled, reports

    /// With which code a run of it ends.
    var exitCode: Int32 {
        switch self {
        case .failure, .cancelled: 1
        default: 0
        }
    }

    /// Some have a pause of their own length, so that a kill hits them anywhere.
    private static let dawdle = "sleep 0.$((RANDOM % 4))"

    /// The workflow's file, written beside the home with what it needs.
    func file(_ home: TestHome) throws -> String {
        switch self {
        case .calls:
            _ = try home.workflow(Self.inner, name: "inner.yaml")
            return try home.workflow(Self.outer, name: "outer.yaml")
        case .artifacts, .memo:
            let source = "\(home.folder)/src"
            try Files.makeFolders(source)
            try Files.writeFile("\(source)/code", "code".utf8)
        default: break
        }
        return try home.workflow(text, name: "\(self).yaml")
    }

    private var text: String {
        let start = Flow.start("source: {path: src}")
        switch self {
        case .artifacts:
            return Flow.stages([
                start,
                Flow.stage(
                    "one",
                    jobs: [
                        Flow.job(
                            "a", "mkdir out; cp code out/; date >out/now; \(Self.dawdle)",
                            "produces: {out: out}")
                    ]),
                Flow.stage(
                    "two",
                    jobs: [Flow.job("b", "cat $T_ARTIFACTS/out/now", "consumes: {out: one.a.out}")]
                ),
            ])
        case .failure:
            return Flow.script(
                "echo x >made; \(Self.dawdle); exit 3", job: "produces: {made: made}")
        case .retries:
            return Flow.script(
                "echo attempt $T_ATTEMPT; \(Self.dawdle); test $T_ATTEMPT -ge 2",
                job: "retry: {attempts: 3, backoff: 100ms, on: [failed]}")
        case .services:
            return Flow.script(
                Self.dawdle,
                job: """
                    network: bridge
                    services:
                      web:
                        component: busybox
                        command: [sh, -c, "mkdir /www; exec httpd -f -p 8080 -h /www"]
                    """)
        case .caches:
            return Flow.script(
                "mkdir -p .cache; date >>.cache/x; \(Self.dawdle)",
                job: "caches: [{key: k, paths: [.cache]}]")
        case .memo:
            return Flow.stages([
                start,
                Flow.stage(
                    "one",
                    jobs: [
                        Flow.job("a", "cat code >made", "cache: true\nproduces: {made: made}"),
                        Flow.job("b", "cat code >made; sleep 0.2", "cache: true"),
                    ]),
            ])
        case .workspace:
            return Flow.stages(
                [
                    Flow.stage("one", jobs: [Flow.job("a", "echo a >x; \(Self.dawdle)")]),
                    Flow.stage("two", jobs: [Flow.job("b", "grep a x; \(Self.dawdle)")]),
                ], file: "workspace: shared")
        case .cancelled:
            return Flow.script(MeaningTests.untilTold, job: "timeout: 2s")
        case .reports:
            return Flow.script("echo report >$T_REPORTS/notes; \(Self.dawdle)")
        case .calls: return Self.outer
        }
    }

    private static let outer = """
        slipway: 1
        name: outer
        stages:
          - name: ask
            run: parallel
            jobs: [{name: it, workflow: inner.yaml, matrix: {T_N: [1, 2]}}]
        """

    private static let inner = """
        slipway: 1
        name: inner
        produces: {made: make.it.made}
        stages:
          - {name: begin, type: start, inputs: {T_N: {type: integer, required: true}}}
          - name: make
            jobs:
              - name: it
                component: busybox
                inputs: {T_N: "${inputs.T_N}"}
                produces: {made: made}
                script: echo $T_N >made; sleep 0.1
        """
}
