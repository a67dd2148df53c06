package doctor

// What aircon cost finds: it knows the DAG files and the calls that an environment makes, which doctor does not.
var _ = register(check{kinds: []Kind{
	{
		ID: "AC013", Severity: Warning, Arrow: ArrowPattern, Topic: "cost.md#top-level-lookups",
		Title: "DAG files look something up whenever they are parsed",
		Means: "each parse asks Secrets Manager, every 30 seconds by default, and so does each task run, whose process parses its file again: most of the bill's calls are these",
		Why:   "Variable.get, Connection.get or a hook's call stands at the top level of a DAG file instead of in a task or a template",
		Mend:  "move the lookup into the task that needs it, or into a template: {{ var.value.KEY }}, {{ conn.ID }}; `aircon cost` says what that saves",
	},
	{
		ID: "AC051", Severity: Warning, Arrow: ArrowPattern, Topic: "cost.md#asked-twice",
		Title: "Airflow 3 asks Secrets Manager twice for what is not there",
		Means: "a worker that finds no secret asks the Execution API, which asks Secrets Manager again with its own credentials: twice the calls of Airflow 2",
		Why:   "connections or variables are kept in the metastore, or nowhere, and the lookup pattern does not keep them out of Secrets Manager",
		Mend:  "let the lookup pattern match only what Secrets Manager has; `aircon cost` prints the pattern, and `connections_lookup_pattern: auto` in the spec computes it",
	},
	{
		ID: "AC170", Severity: Warning, Arrow: ArrowPattern, Topic: "cost.md#misses",
		Title: "calls are paid for secrets that do not exist",
		Means: "Airflow asks Secrets Manager before every other source, and AWS bills a call that finds nothing as any other",
		Why:   "the connections or variables are kept elsewhere, and neither the lookup pattern nor a null prefix keeps them out",
		Mend:  "let connections_lookup_pattern match only what Secrets Manager has, and set the prefix of a kind that it has nothing of to null",
	},
	{
		ID: "AC171", Severity: Warning, Arrow: ArrowPermission, Topic: "cost.md#misses",
		Title: "calls are paid that IAM denies",
		Means: "AWS bills a call that is denied as any other, and Airflow makes it again at each lookup",
		Why:   "the caller may not read the secret, or the secret is not meant for it and the lookup pattern does not keep it out",
		Mend:  "`aircon policy explain` says what denies the call and what would allow it; a lookup pattern keeps out what shall not be asked for",
	},
}})
