// smtp-server on three ports: SMTP with STARTTLS, SMTP inside TLS, LMTP. A message goes into a file for each recipient.
const fs = require("fs");
const { SMTPServer } = require("smtp-server");

let count = 0;
const settings = (kind) => ({
  name: "mx.example.org",
  key: fs.readFileSync("host.key"),
  cert: fs.readFileSync("host.pem"),
  size: 50000000,
  hideDSN: false,
  hideENHANCEDSTATUSCODES: false,
  authOptional: true,
  onAuth(auth, session, done) {
    const good = auth.username === "user" && auth.password === "secret";
    done(good ? null : new Error("wrong password"), good ? { user: "user" } : undefined);
  },
  onRcptTo({ address }, session, done) {
    const unknown = address === "nobody@mx.example.org";
    done(unknown ? Object.assign(new Error("no such user"), { responseCode: 550 }) : null);
  },
  onData(stream, session, done) {
    const parts = [];
    stream.on("data", (part) => parts.push(part));
    stream.on("end", () => {
      const to = session.envelope.rcptTo;
      for (const { address } of to) {
        const folder = "box/" + address.split("@")[0];
        fs.mkdirSync(folder, { recursive: true });
        fs.writeFileSync(`${folder}/${++count}`, Buffer.concat(parts));
      }
      done(null, kind.lmtp ? to.map(() => "stored") : "stored");
    });
  },
  ...kind,
});

const servers = [{}, { secure: true, authMethods: ["LOGIN"] }, { lmtp: true, disabledCommands: ["STARTTLS"] }].map((kind) => {
  const server = new SMTPServer(settings(kind));
  server.on("error", (error) => console.error(error));
  return new Promise((ready) => server.listen(0, "127.0.0.1", () => ready(server.server.address().port)));
});
Promise.all(servers).then((ports) => {
  fs.writeFileSync("ports.new", ports.join(" ") + "\n");
  fs.renameSync("ports.new", "ports");
});
