// Package mwaa is local AWS's Amazon MWAA: environments with every setting that GetEnvironment returns, whose states change as time passes on the
// service's clock. With [Options.Runtime] a real Airflow runs for each, and its health decides how what is under way ends.
//
// [Service] makes the service. An environment is CREATING, UPDATING or DELETING for as long as [Options] say, and then becomes what the request made of
// it; without a runtime nothing runs in between: each read works out the state of its moment. Until an update has ended GetEnvironment shows the former settings.
// UpdateEnvironment replaces the whole map of configuration options, as AWS does. Options are sealed in the store, for they can hold passwords.
//
// The shapes and their limits are those of the service's public model (2020-07-01). Messages are AWS's where they are publicly known; errors.go
// says which are not.
package mwaa
