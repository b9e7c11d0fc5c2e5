package import Workflows

/// The pages of the files that people write, section 5 of the manual.
package enum FormatManual {
    /// `slipway-workflow(5)`, from the table of the format.
    package static func workflow(_ edition: ManualPage.Edition) -> ManualPage {
        var page = ManualPage(
            "slipway-workflow", section: 5, about: "The file that says what a run does.",
            edition: edition)
        page.heading("Description")
        page.paragraph(
            ManualText.prose(
                "A workflow is a YAML file: a named list of stages, which run one after another, "
                    + "each with jobs, which run components in containers. `slipway lint` checks a "
                    + "file, `slipway explain` tells of one key, `slipway schema` prints a JSON "
                    + "Schema for editors. Keys that are marked `later` are part of the format, "
                    + "but this version refuses them by name."))
        for mapping in FormatReference.mappings { add(mapping, to: &page) }
        page.heading("See also")
        page.paragraph(
            ["slipway-lint", "slipway-explain", "slipway-run", "slipway-init"].map {
                CommandManual.link($0, 1)
            }.joined(separator: ", ") + ", " + CommandManual.link("slipway-config", 5))
        return page
    }

    /// One mapping: its keys, and how they look in a file.
    package static func add(_ mapping: FormatMapping, to page: inout ManualPage) {
        page.heading(mapping.title)
        page.paragraph(ManualText.prose(mapping.summary))
        for key in mapping.keys {
            var notes = [ManualText.prose(key.summary)]
            if key.isRequired { notes.append("Required.") }
            if let fallback = key.fallback {
                notes.append(ManualText.prose("Default: \(fallback)."))
            }
            if !mapping.takes(key) { notes.append(ManualText.prose("`Later.`")) }
            notes.append("Value: " + ManualText.prose(key.value.shown) + ".")
            page.item(ManualText.bold(key.name), notes.joined(separator: " "))
        }
        if !mapping.keys.isEmpty {
            page.example(mapping.keys.map(\.example).joined(separator: "\n"))
        }
    }

    /// `slipway-config(5)`, from the table of the configuration.
    package static func configuration(_ edition: ManualPage.Edition) -> ManualPage {
        var page = ManualPage(
            "slipway-config", section: 5, about: "The settings of a home, config.yaml.",
            edition: edition)
        page.heading("Description")
        page.paragraph(
            ManualText.prose(
                "Nothing needs to be configured. Settings of a home stand in `config.yaml` in it, "
                    + "a YAML file. What commands take from the environment is told in "
            ) + CommandManual.link("slipway", 1) + ".")
        for mapping in ConfigurationReference.mappings {
            page.heading(mapping.title)
            page.paragraph(ManualText.prose(mapping.summary))
            for key in mapping.keys {
                page.item(
                    ManualText.bold(key.name),
                    ManualText.prose("\(key.summary) Value: \(key.value)."))
            }
            page.example(mapping.example)
        }
        page.heading("See also")
        page.paragraph(
            CommandManual.link("slipway", 1) + ", " + CommandManual.link("slipway-workflow", 5))
        return page
    }
}
