import Domain
import OCI

extension WorkflowDecoder {
    /// `services: {NAME: {component: IMAGE, ready: TEXT, …}}`, in the order of the file.
    mutating func services(
        _ fields: Fields, site: ReferenceUse.Site
    ) -> [ServiceDefinition] {
        guard let node = fields.value("services"), let entries = entries(of: node, "services")
        else { return [] }
        guard entries.count <= ServiceDefinition.countLimit else {
            report(
                .limit, node,
                "there are \(entries.count) services; expected at most "
                    + "\(ServiceDefinition.countLimit)")
            return []
        }
        return entries.compactMap { entry in
            let name = entry.key.scalar ?? ""
            guard Names.isPlace(name) else {
                reportName(entry.key, name, "a service's name")
                return nil
            }
            if name == "localhost" {
                report(.reservedName, entry.key, "'localhost' is where all services are")
            }
            guard let members = self.fields(of: entry.value, .service) else { return nil }
            return service(members, name: name, site: site)
        }
    }

    private mutating func service(
        _ fields: Fields, name: String, site: ReferenceUse.Site
    ) -> ServiceDefinition {
        let inputs = templates(fields.value("inputs"), site: site)
        let component = component(fields, inputs: inputs, of: "the service")
        if let key = fields.key("timeout"), fields.value("ready") == nil {
            report(
                .conflictingKeys, key, "'timeout' has no meaning without 'ready'",
                hint: "a service without 'ready' can be used at once")
        }
        var limit = fields.value("timeout").flatMap { duration($0) }
        if let node = fields.value("timeout"), let given = limit,
            given > ServiceDefinition.longestReadyLimit
        {
            report(.invalidDuration, node, "the timeout is \(given.text); expected at most 1h")
            limit = nil
        }
        return ServiceDefinition(
            name: name, component: component, program: program(fields), inputs: inputs,
            ready: ready(fields), readyLimit: limit ?? ServiceDefinition.readyLimit,
            resources: fields.value("resources").map {
                resources($0, over: defaults.resources)
            } ?? defaults.resources, user: user(fields))
    }

    /// A text for a shell, or the words of a command.
    private mutating func ready(_ fields: Fields) -> [String]? {
        guard let node = fields.value("ready") else { return nil }
        warnOfReferences(node, "a command")
        if case .sequence(let items) = node.content {
            if items.isEmpty { report(.empty, node, "the command has no words") }
            return items.compactMap { text($0, "a word") }
        }
        guard let text = text(node, "ready") else { return nil }
        if text.isEmpty { report(.empty, node, "the command is empty") }
        return ["sh", "-c", text]
    }
}
