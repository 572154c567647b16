import { watch, type FSWatcher } from 'node:fs';

/**
 * Tells that something happened in some folders. Does not: promise it (a file system may know no such events, and the system grants only so many
 * watches), nor say what.
 */
export class FolderWatch {
  private watchers: FSWatcher[] = [];

  start(folders: readonly string[], onEvent: () => void): void {
    for (const folder of folders) {
      try {
        const watcher = watch(folder, { persistent: false }, onEvent);
        watcher.on('error', () => watcher.close());
        this.watchers.push(watcher);
      } catch {
        // Not there, or nobody may watch it.
      }
    }
  }

  stop(): void {
    for (const watcher of this.watchers) watcher.close();
    this.watchers = [];
  }
}
