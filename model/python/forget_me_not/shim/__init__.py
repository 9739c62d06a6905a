"""The shim: it puts a CPython process into the simulated world, below the library.

`install` replaces the modules on which the rest of the library stands (`_thread`, `_socket`, `select`, `time`, the random sources) before
anything else is imported. `threading`, `queue`, `socket`, `asyncio`, `concurrent.futures` and all above them load unmodified.

- Threads: `scheduler` (who runs; start here), `schedule` (the choices, as data), `locks`, `threads`.
- The world: `wire` (frames), `link` (the way to the simulator), `connections`, `sockets`, `resolver`, `polling`.
- Replaced sources: `clock`, `dates`, `chance`, `files`, `database`, `signals`, `exits`, `collector`.
- `points` (switch points inside code), `imports` (their price), `refusals` (what is not simulated).
- `warden` (watches over the runs), `template` (the fork server, which is `listening`), `driver` (the calls of a host).

The modules here bind the functions they need when they are imported, and leave `sys.modules` before a run begins: the interpreter wipes
the globals of every module it finds there when it ends, and the shim has to work until then.
"""
