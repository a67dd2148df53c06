// Package oracle compares this module with what real Airflow answers. It serves tests and tools/oracle, never the aircon binary.
//
// A case and an answer are what tools/oracle/airflow/README.md describes, read by package py's Loads, which keeps lone
// surrogates, big numbers and NaN: an object is a *py.Dict, an int is py.Digits.
//
// How a kind of case is tested: its package under here exports
//
//	func Answer(version string, c *py.Dict) any
//
// which turns a case into a call of the public packages, and what comes back into an answer. The test of the public package
// (an external one, such as package lookup_test) hands it to [Check], which puts every vector of all eight versions to it:
//
//	func TestVectors(t *testing.T) { oracle.Check(t, "backend", backend.Answer) }
//
// and tools/oracle has it in its table of kinds, so that tests and tool run the same code:
//
//	kinds                package
//	uri, json, fields    internal/oracle/codec     also: Build makes the connection of a case, Describe writes a connection as answers do
//	backend, search      internal/oracle/backend
//	hook                 internal/oracle/hook
package oracle
