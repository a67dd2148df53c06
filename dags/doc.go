// Package dags finds the connections and variables that DAG files use, without running them.
//
//	scanner := dags.New(runtime)                   // the providers' defaults hang on their versions
//	if dags.Matters(text) {                        // most files hold nothing to find: a look at their bytes
//		file := scanner.Scan("etl.py", text)       // file.Uses: each id, where, how, and when it is looked up
//	}
//
// A file is read as Airflow's DAG processor runs it: from the top, with imports, constants, loops over what is known, calls of its own
// functions with their arguments, and classes that it builds on the providers'. What a task does is followed as well, and told apart: what
// is looked up at import time is paid for at every parse and again in every task run. An id that only shows when the file runs is
// reported as dynamic, with its place. Neither the size nor the nesting of a file can make a scan run away: Scan follows loops and calls
// for a bounded number of steps, and says in file.Problems when that was not enough.
//
// The package knows no network, no clock and no file system.
package dags
