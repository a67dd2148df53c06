// Program session creates, reads, rotates, is denied, lists in pages and deletes, with the SDK for Go v2 as it comes.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sm "github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
)

const (
	rotation = "arn:aws:lambda:us-east-1:123456789012:function:rotate"
	reader   = "arn:aws:iam::123456789012:role/reader"
	name     = "client/session"
)

func main() {
	if err := session(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func session(ctx context.Context) error {
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}
	client := sm.NewFromConfig(cfg)
	created, err := client.CreateSecret(ctx, &sm.CreateSecretInput{Name: aws.String(name), SecretString: aws.String("first")})
	if err != nil {
		return err
	}
	fmt.Println("created", *created.Name)
	fmt.Println("read", read(ctx, client, name, "AWSCURRENT"))
	if err := rotate(ctx, client); err != nil {
		return err
	}
	for i := range 12 {
		if _, err := client.CreateSecret(ctx, &sm.CreateSecretInput{Name: aws.String(fmt.Sprint("client/page-", i)), SecretString: aws.String("page")}); err != nil {
			return err
		}
	}
	if err := asReader(ctx, cfg); err != nil {
		return err
	}
	if err := list(ctx, client); err != nil {
		return err
	}
	if _, err := client.DeleteSecret(ctx, &sm.DeleteSecretInput{SecretId: aws.String(name)}); err != nil {
		return err
	}
	fmt.Println("deleted:", read(ctx, client, name, "AWSCURRENT"))
	return nil
}

// read returns a secret's text, or the error's code and message.
func read(ctx context.Context, client *sm.Client, id, stage string) string {
	got, err := client.GetSecretValue(ctx, &sm.GetSecretValueInput{SecretId: &id, VersionStage: &stage})
	if refused, ok := errors.AsType[smithy.APIError](err); ok {
		return refused.ErrorCode() + ": " + refused.ErrorMessage()
	}
	if err != nil {
		return err.Error()
	}
	return *got.SecretString
}

func rotate(ctx context.Context, client *sm.Client) error {
	_, err := client.RotateSecret(ctx, &sm.RotateSecretInput{
		SecretId: aws.String(name), RotationLambdaARN: aws.String(rotation), RotationRules: &types.RotationRulesType{AutomaticallyAfterDays: aws.Int64(30)},
	})
	if err != nil {
		return err
	}
	now := "another"
	for deadline := time.Now().Add(time.Minute); read(ctx, client, name, "AWSCURRENT") == "first"; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			now = "first"
			break
		}
	}
	fmt.Printf("rotated: AWSPREVIOUS is %s, AWSCURRENT is %s\n", read(ctx, client, name, "AWSPREVIOUS"), now)
	return nil
}

func asReader(ctx context.Context, cfg aws.Config) error {
	got, err := sts.NewFromConfig(cfg).AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: aws.String(reader), RoleSessionName: aws.String("session")})
	if err != nil {
		return err
	}
	keys := got.Credentials
	client := sm.NewFromConfig(cfg, func(o *sm.Options) {
		o.Credentials = credentials.NewStaticCredentialsProvider(*keys.AccessKeyId, *keys.SecretAccessKey, *keys.SessionToken)
	})
	fmt.Println("as the role:", read(ctx, client, "client/page-7", "AWSCURRENT"))
	fmt.Println("denied:", read(ctx, client, name, "AWSCURRENT"))
	return nil
}

func list(ctx context.Context, client *sm.Client) error {
	pages, listed := 0, 0
	filter := types.Filter{Key: types.FilterNameStringTypeName, Values: []string{"client/page-"}}
	for p := sm.NewListSecretsPaginator(client, &sm.ListSecretsInput{Filters: []types.Filter{filter}, MaxResults: aws.Int32(5)}); p.HasMorePages(); pages++ {
		page, err := p.NextPage(ctx)
		if err != nil {
			return err
		}
		listed += len(page.SecretList)
	}
	fmt.Printf("listed %d secrets on %d pages\n", listed, pages)
	return nil
}
