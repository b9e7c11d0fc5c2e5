import CLuaSandbox

/// The child process in which hooks are evaluated.
package enum LuaWorker {
    /// Answers the requests on standard input until it ends; gives the exit code. The process can
    /// do little else afterwards: it has given up its rights.
    package static func run() -> Int32 {
        slipway_lua_serve(0, 1)
    }
}
