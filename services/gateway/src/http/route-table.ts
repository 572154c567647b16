/**
 * Which methods a path has, so that a wrong method is told from an unknown path. Asked only for requests that no route took.
 */
export class RouteTable {
  private readonly routes: { readonly parts: readonly string[]; readonly methods: readonly string[] }[] = [];

  add(pattern: string, methods: readonly string[]): void {
    this.routes.push({ parts: pattern.split('/'), methods });
  }

  methodsOf(path: string): string[] {
    const parts = path.split('/');
    const matching = this.routes.filter(
      (route) => route.parts.length === parts.length && route.parts.every((part, at) => part === parts[at] || isValue(part, parts[at])),
    );
    return [...new Set(matching.flatMap((route) => route.methods))].sort();
  }
}

const isValue = (part: string, value: string | undefined): boolean => part.startsWith(':') && value !== undefined && value !== '';
