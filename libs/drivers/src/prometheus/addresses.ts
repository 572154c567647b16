/** How a program that listens there is reached from this host. */
export const reachableHost = (listen: string): string => (listen === '0.0.0.0' ? '127.0.0.1' : listen === '::' ? '::1' : listen);

export const hostPort = (host: string, port: number): string => `${host.includes(':') ? `[${host}]` : host}:${port}`;

export const baseUrl = (listen: string, port: number): string => `http://${hostPort(reachableHost(listen), port)}`;
