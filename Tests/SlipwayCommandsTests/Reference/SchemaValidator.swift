import Storage
import TestSupport

/// Python's jsonschema over files that its own YAML reader reads, with YAML 1.2's core schema.
enum SchemaValidator {
    /// `FILE: valid` or `FILE: why not`; first of the schema itself and its examples.
    static func verdicts(schema: String, files: [String]) async throws -> [String] {
        let result = try await Program.run(
            "/usr/bin/python3", ["-c", program, schema] + files)
        guard result.code == 0 else {
            throw StorageError.archive(
                path: schema,
                why: "the validator failed (install it with: scripts/setup test): \(result.error)")
        }
        return result.output.split(separator: "\n").map(String.init)
    }

    private static let program = #"""
        import json, re, sys
        import jsonschema, yaml

        class Core(yaml.SafeLoader):
            pass

        def resolve(tag, pattern, first):
            for letter in first:
                resolvers.setdefault(letter, []).append((tag, re.compile(pattern)))

        resolvers = {}
        prefix = "tag:yaml.org,2002:"
        resolve(prefix + "null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""])
        resolve(prefix + "bool", r"^(?:true|True|TRUE|false|False|FALSE)$", list("tTfF"))
        resolve(prefix + "int", r"^(?:[-+]?[0-9]+|0x[0-9a-fA-F]+|0o[0-7]+)$", list("-+0123456789"))
        resolve(prefix + "float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$",
                list("-+.0123456789"))
        Core.yaml_implicit_resolvers = resolvers

        def whole(loader, node):
            text = node.value
            return int(text, 0) if text[:2] in ("0x", "0o") else int(text, 10)

        Core.add_constructor(prefix + "int", whole)
        Core.add_constructor(prefix + "float", lambda loader, node: float(node.value))

        def first(validator, value):
            for error in validator.iter_errors(value):
                return "/".join(map(str, error.absolute_path)) + " " + error.message[:200]
            return "valid"

        with open(sys.argv[1], encoding="utf-8") as file:
            schema = json.load(file)
        kind = jsonschema.validators.validator_for(schema)
        assert kind.META_SCHEMA["$schema"] == schema["$schema"]
        kind.check_schema(schema)
        verdict = "valid"
        parts = dict(schema.get("$defs", schema.get("definitions")))
        count = 0
        for name, part in parts.items():
            for key, value in part["properties"].items():
                if value.get("not") == {}:
                    continue
                if not value.get("examples"):
                    verdict = f"{name}.{key} has no example"
                scope = {k: schema[k] for k in ("$schema", "$defs", "definitions") if k in schema}
                for example in value.get("examples", []):
                    count += 1
                    found = first(kind({**scope, **value}), example)
                    if found != "valid":
                        verdict = f"{name}.{key}: {found}"
        if count < 60:
            verdict = f"only {count} examples"
        print(f"{sys.argv[1]}: {verdict}")
        validator = kind(schema)
        for path in sys.argv[2:]:
            with open(path, encoding="utf-8") as file:
                print(f"{path}: {first(validator, yaml.load(file, Core))}".replace("\n", " "))
        """#
}
