/** The operator as a library: for its own process and for tests. */
export { type Operator, type OperatorOptions, type OperatorResult, startOperator } from './start-operator.ts';
