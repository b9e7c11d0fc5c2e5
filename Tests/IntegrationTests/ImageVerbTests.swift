import Domain
import Storage
import TestSupport
import Testing

/// `slipway image …`.
struct ImageVerbTests {
    @Test("import, list, inspect, remove")
    func life() async throws {
        try await TestHome.with { home in
            let archive = try Checkout.image("report")
            let imported = try await home.slipway(["image", "import", "-o", "json", archive])
            let entry = try JSONParser.parse(imported.output.utf8).arrayValue?.first
            #expect(entry?["reference"] == "library/report:1")
            let digest = try #require(entry?["digest"]?.stringValue)
            let second = try await home.slipway(["image", "import", archive, "acme/report:test"])
            #expect(second.code == 0)
            let listed = try JSONParser.parse(
                try await home.slipway(["image", "list", "-o", "json"]).output.utf8)
            #expect(
                listed.arrayValue?.map { $0["reference"]?.stringValue } == [
                    "acme/report:test", "library/report:1",
                ])
            #expect(listed.arrayValue?.allSatisfy { $0["digest"]?.stringValue == digest } == true)
            let inspected = try JSONParser.parse(
                try await home.slipway(["image", "inspect", "-o", "json", "report:1"]).output.utf8)
            #expect(inspected["entrypoint"] == ["/bin/report"])
            #expect(inspected["digest"]?.stringValue == digest)
            let text = try await home.slipway(["image", "inspect", "report:1"]).output
            #expect(text.contains("T_TITLE"))
            #expect(text.contains("SUMMARY"))
            // One name goes, the other still works; then the content goes as well.
            #expect(try await home.slipway(["image", "remove", "report:1"]).code == 0)
            #expect(try await home.slipway(["image", "inspect", "acme/report:test"]).code == 0)
            #expect(try await home.slipway(["image", "remove", "acme/report:test"]).code == 0)
            #expect(try await home.blobs().isEmpty)
        }
    }

    @Test("an image that is not there is not found, and the nearest is named")
    func notFound() async throws {
        try await TestHome.with(images: ["busybox"]) { home in
            for verb in ["inspect", "remove"] {
                let result = try await home.slipway(["image", verb, "busybox:lates"])
                #expect(result.code == 3)
                #expect(result.error.contains("busybox:latest"), "\(result.error)")
                #expect(result.error.contains("image import") == (verb == "inspect"))
            }
        }
    }

    @Test(
        "what is no image, or not what it says, is refused and leaves nothing",
        arguments: [
            ("a file that is not there", "rm \"$1\""), ("an empty file", ": >\"$1\""),
            ("half of an archive", "head -c 500000 \"$1\" >\"$1.x\"; mv \"$1.x\" \"$1\""),
            (
                "a layer with other bytes",
                """
                cd "$2" && tar xf "$1"
                layer=$(ls | grep tar.gz)
                printf x | dd of="$layer" bs=1 seek=1000 conv=notrunc 2>/dev/null
                tar cf "$1" -- *
                """
            ),
        ])
    func refused(fact: String, damage: String) async throws {
        try await TestHome.with { home in
            let archive = "\(home.folder)/image.tar"
            try Files.makeFolders("\(home.folder)/work")
            let made = try await Program.run(
                "/bin/sh",
                [
                    "-c", "cp '\(try Checkout.image("busybox"))' \"$1\"\n\(damage)", "sh", archive,
                    "\(home.folder)/work",
                ])
            try #require(made.code == 0, "\(made.error)")
            let result = try await home.slipway(["image", "import", archive])
            #expect([2, 3].contains(result.code), "\(result.code)")
            #expect(result.error.hasPrefix("slipway: "))
            #expect(result.output.isEmpty)
            #expect(try await home.blobs().isEmpty)
            #expect(try await home.slipway(["image", "list", "-o", "json"]).output == "[]\n")
        }
    }

    @Test("an image that is removed while a run uses it does not harm the run")
    func removedWhileUsed() async throws {
        try await TestHome.busy { home in
            let program = try home.begin(
                Flow.script(
                    "echo ready; while test ! -e \"$T_REPORTS/go\"; do sleep 0.05; done",
                    job: "timeout: 20s"))
            try await home.wait(for: "ready")
            #expect(try await home.slipway(["image", "remove", "busybox"]).code == 0)
            let attempt = try #require(try Files.list("\(home.path)/attempts").first)
            try Files.writeFile("\(home.path)/attempts/\(attempt)/writable/reports/go", [])
            let report = try RunReport(await program.wait())
            #expect(report.code == 0, "\(report.error)")
        }
    }

    @Test("an image that is removed stays for the later jobs of a run, and goes when it has ended")
    func removedBeforeLaterJobs() async throws {
        try await TestHome.busy { home in
            let program = try home.begin(
                Flow.stages([
                    Flow.stage(
                        "work",
                        jobs: [
                            Flow.job(
                                "first",
                                "echo ready; until test -e \"$T_REPORTS/go\"; do sleep 0.05; done"),
                            Flow.job("second", "echo fine"),
                        ])
                ]))
            try await home.wait(for: "ready", in: "work.first")
            #expect(try await home.slipway(["image", "remove", "busybox"]).code == 0)
            #expect(try await home.slipway(["image", "list", "-o", "json"]).output == "[]\n")
            let attempt = try #require(try Files.list("\(home.path)/attempts").first)
            try Files.writeFile("\(home.path)/attempts/\(attempt)/writable/reports/go", [])
            let report = try RunReport(await program.wait())
            #expect(report.code == 0, "\(report.error)")
            let before = try await home.blobs().count
            #expect(try await home.slipway(["doctor"]).code == 0)
            // The manifest, its configuration and its layer are gone; the run's file stays.
            #expect(try await home.blobs().count == before - 3)
        }
    }

    @Test("unpacked layers go with the last image that has them")
    func layers() async throws {
        try await TestHome.busy { home in
            try await home.succeed(Flow.script("true"))
            #expect(try Files.list("\(home.path)/layers").count == 1)
            let archive = try Checkout.image("busybox")
            #expect(try await home.slipway(["image", "import", archive, "other:1"]).code == 0)
            #expect(try await home.slipway(["image", "remove", "busybox"]).code == 0)
            #expect(try Files.list("\(home.path)/layers").count == 1)
            #expect(try await home.slipway(["image", "remove", "other:1"]).code == 0)
            #expect(try Files.list("\(home.path)/layers") == [])
        }
    }

    @Test("`lint --images` checks a workflow against the manifests of components")
    func lint() async throws {
        try await TestHome.with(images: ["report"]) { home in
            let file = try home.workflow(
                """
                slipway: 1
                name: test
                stages:
                  - name: work
                    jobs:
                      - name: it
                        component: report:1
                        inputs: {T_FORMAT: xml}
                        outputs: [SUMMARY]

                """)
            let result = try await home.slipway(["lint", "--images", file])
            #expect(result.code == 1)
            #expect(result.output.contains("component-input"))
            #expect(result.output.contains("T_TITLE"))
            #expect(try await home.slipway(["lint", file]).code == 0)
        }
    }
}
