import { SetMetadata } from '@nestjs/common';

export const publicRoute = 'klevr:public';

/** A route that needs no session. */
export const Public = (): MethodDecorator & ClassDecorator => SetMetadata(publicRoute, true);
