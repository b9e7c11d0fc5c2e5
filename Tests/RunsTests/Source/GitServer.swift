import Storage
import TestSupport
import Testing

/// A real `git http-backend` behind a small server that asks for a password (python3).
struct GitServer {
    let port: Int
    private let program: Program

    static func start(
        repositories: String, user: String, password: String
    ) async throws -> GitServer {
        let script = "\(repositories)/server.py"
        try Files.writeFile(script, Self.script.utf8)
        let program = try Program(
            "/usr/bin/python3", [script, repositories, user, password],
            environment: ["HOME": repositories])
        let port = try await eventually { () -> Int? in
            let printed = try program.printed()
            return printed.hasSuffix("\n") ? Int(printed.dropLast()) : nil
        }
        let complaint = try program.complained()
        return GitServer(port: try #require(port, "\(complaint)"), program: program)
    }

    func stop() async throws {
        program.signal(15)
        _ = try await program.wait()
    }

    private static let script = """
        import base64, os, subprocess, sys
        from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

        root, user, password = sys.argv[1:]
        expected = 'Basic ' + base64.b64encode(f'{user}:{password}'.encode()).decode()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                if self.headers.get('Authorization') != expected:
                    self.send_response(401)
                    self.send_header('WWW-Authenticate', 'Basic realm="test"')
                    self.send_header('Content-Length', '0')
                    self.end_headers()
                    return
                path, _, query = self.path.partition('?')
                body = self.rfile.read(int(self.headers.get('Content-Length') or 0))
                environment = {
                    'PATH': os.environ['PATH'], 'HOME': root, 'GIT_PROJECT_ROOT': root,
                    'GIT_HTTP_EXPORT_ALL': '1', 'PATH_INFO': path, 'QUERY_STRING': query,
                    'REQUEST_METHOD': self.command, 'REMOTE_USER': user,
                    'CONTENT_TYPE': self.headers.get('Content-Type') or '',
                    'CONTENT_LENGTH': str(len(body)),
                    'HTTP_CONTENT_ENCODING': self.headers.get('Content-Encoding') or '',
                    'GIT_PROTOCOL': self.headers.get('Git-Protocol') or '',
                }
                result = subprocess.run(
                    ['git', 'http-backend'], input=body, env=environment, stdout=subprocess.PIPE)
                head, _, content = result.stdout.partition(b'\\r\\n\\r\\n')
                headers = [line.split(': ', 1) for line in head.decode().split('\\r\\n') if line]
                status = next((int(v[:3]) for k, v in headers if k == 'Status'), 200)
                self.send_response(status)
                for name, value in headers:
                    if name != 'Status':
                        self.send_header(name, value)
                self.send_header('Content-Length', str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_POST = do_GET

            def log_message(self, *words):
                pass

        server = ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        print(server.server_port, flush=True)
        server.serve_forever()
        """
}
