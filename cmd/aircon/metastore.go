package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"aircon"
	"aircon/internal/doctor"
	"aircon/internal/metastore"
)

// restToken is the environment variable that holds the token for Airflow's REST API.
const restToken = "AIRCON_REST_TOKEN"

// metastoreFlags say how Airflow's own database can be asked. The zero value means not at all.
type metastoreFlags struct {
	database, rest string
}

func (f *metastoreFlags) flag(c *cobra.Command) {
	c.Flags().StringVar(&f.database, "metastore", "", "look in Airflow's own database too: its sql_alchemy_conn without the password, or env:NAME of the variable that holds all of it")
	c.Flags().StringVar(&f.rest, "rest", "", "look in Airflow's own database too, through the REST API at this address of the web server; "+restToken+" holds the token")
}

// words are the flags as they were given, without a secret.
func (f *metastoreFlags) words() []string {
	if f.database == "" {
		return nil
	}
	return []string{"--metastore", f.database}
}

// open says how the metastore is read; nil where no flag says so.
func (f *metastoreFlags) open(w world, timeout time.Duration) (doctor.OpenMetastore, error) {
	switch {
	case f.database == "" && f.rest == "":
		return nil, nil
	case f.database != "" && f.rest != "":
		return nil, usageError{errors.New("--metastore and --rest are two ways to the same rows: give one")}
	case f.rest != "":
		client := &http.Client{Timeout: timeout}
		token := aircon.Secret{}
		if text := w.getenv(restToken); text != "" {
			token = aircon.NewSecret(text)
		}
		return func(ctx context.Context, airflow aircon.Version) (doctor.Metastore, error) {
			return metastore.ReadREST(ctx, client, f.rest, token, airflow)
		}, nil
	}
	dsn, err := f.address(w)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, _ aircon.Version) (doctor.Metastore, error) {
		ctx, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		return metastore.Read(ctx, dsn)
	}, nil
}

// address is the database's. A password on the command line would stand in the list of processes.
func (f *metastoreFlags) address(w world) (aircon.Secret, error) {
	if name, is := strings.CutPrefix(f.database, "env:"); is {
		dsn := w.getenv(name)
		if dsn == "" {
			return aircon.Secret{}, usageError{fmt.Errorf("--metastore: the environment variable %s is not set", cmp.Or(name, "(none)"))}
		}
		return aircon.NewSecret(dsn), nil
	}
	at, err := url.Parse(f.database)
	if err != nil {
		return aircon.Secret{}, usageError{errors.New("--metastore is no URL: it takes Airflow's sql_alchemy_conn, such as postgresql://airflow@host/airflow")}
	}
	if _, has := at.User.Password(); has {
		return aircon.Secret{}, usageError{errors.New("--metastore holds a password, which everybody on this machine can see: put the address into a variable and name it, --metastore env:NAME")}
	}
	return aircon.NewSecret(f.database), nil
}
