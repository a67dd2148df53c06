import java.time.Duration;
import java.time.Instant;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.services.secretsmanager.SecretsManagerClient;
import software.amazon.awssdk.services.secretsmanager.model.FilterNameStringType;
import software.amazon.awssdk.services.sts.StsClient;

/** Creates, reads, rotates, is denied, lists in pages and deletes, with the SDK for Java v2 as Maven brings it. */
public class Session {
  static final String ROTATION = "arn:aws:lambda:us-east-1:123456789012:function:rotate";
  static final String READER = "arn:aws:iam::123456789012:role/reader";
  static final String NAME = "client/session";

  public static void main(String[] args) throws InterruptedException {
    try (var client = SecretsManagerClient.create(); var sts = StsClient.create()) {
      System.out.println("created " + client.createSecret(r -> r.name(NAME).secretString("first")).name());
      System.out.println("read " + read(client, NAME, "AWSCURRENT"));
      rotate(client);
      for (int i = 0; i < 12; i++) {
        String page = "client/page-" + i;
        client.createSecret(r -> r.name(page).secretString("page"));
      }
      asReader(sts);
      int pages = 0;
      int listed = 0;
      for (var page : client.listSecretsPaginator(r -> r.maxResults(5).filters(f -> f.key(FilterNameStringType.NAME).values("client/page-")))) {
        pages++;
        listed += page.secretList().size();
      }
      System.out.printf("listed %d secrets on %d pages%n", listed, pages);
      client.deleteSecret(r -> r.secretId(NAME));
      System.out.println("deleted: " + read(client, NAME, "AWSCURRENT"));
    }
  }

  static String read(SecretsManagerClient client, String id, String stage) {
    try {
      return client.getSecretValue(r -> r.secretId(id).versionStage(stage)).secretString();
    } catch (AwsServiceException e) {
      return e.awsErrorDetails().errorCode() + ": " + e.awsErrorDetails().errorMessage();
    }
  }

  static void rotate(SecretsManagerClient client) throws InterruptedException {
    client.rotateSecret(r -> r.secretId(NAME).rotationLambdaARN(ROTATION).rotationRules(rules -> rules.automaticallyAfterDays(30L)));
    Instant deadline = Instant.now().plus(Duration.ofMinutes(1));
    while (read(client, NAME, "AWSCURRENT").equals("first") && Instant.now().isBefore(deadline)) {
      Thread.sleep(50);
    }
    String now = read(client, NAME, "AWSCURRENT").equals("first") ? "first" : "another";
    System.out.println("rotated: AWSPREVIOUS is " + read(client, NAME, "AWSPREVIOUS") + ", AWSCURRENT is " + now);
  }

  static void asReader(StsClient sts) {
    var keys = sts.assumeRole(r -> r.roleArn(READER).roleSessionName("session")).credentials();
    var credentials = AwsSessionCredentials.create(keys.accessKeyId(), keys.secretAccessKey(), keys.sessionToken());
    try (var client = SecretsManagerClient.builder().credentialsProvider(StaticCredentialsProvider.create(credentials)).build()) {
      System.out.println("as the role: " + read(client, "client/page-7", "AWSCURRENT"));
      System.out.println("denied: " + read(client, NAME, "AWSCURRENT"));
    }
  }
}
