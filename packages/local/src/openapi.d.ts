/** The document at `/openapi/v3...`, or null where the path is none. */
export declare function openapiDocument(path: string): object | null;
