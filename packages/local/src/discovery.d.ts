/** The Kubernetes version whose API this follows. */
export declare const KUBERNETES_VERSION = 'v1.35.0+rouse';
/** The document at a discovery path, or null where the path is none. */
export declare function discoveryDocument(path: string): object | null;
