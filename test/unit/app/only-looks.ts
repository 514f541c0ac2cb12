/** What a node is never asked by whoever only looks. */
const never = (): Promise<never> => Promise.reject(new Error('a watch only looks'));

export class OnlyLooks {
  promote = never;
  follow = never;
  followAnew = never;
  startFailover = never;
  abortFailover = never;
  pauseWrites = never;
  resumeWrites = never;
  raiseFence = never;
  lowerFence = never;
  prepareClosing = never;
  closeAddress = never;
  endClients = never;
  countClients = never;
  clientNames = (): Promise<readonly string[]> => Promise.resolve([]);
  openAddress = never;
  tellDrained = never;
  configGet = never;
}
