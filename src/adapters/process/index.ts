// Choosing samples for trainers in other languages: a process that answers over its standard streams or a socket.
export { protocolVersion, type Words } from './describe.js';
export { defaultLimits, Usage, type Limits } from './limits.js';
export { listen, type Listening } from './listen.js';
export { serveConnection, type Connection, type Ending } from './serve.js';
export type { Server } from './session.js';
