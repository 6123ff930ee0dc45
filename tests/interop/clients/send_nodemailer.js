// Sends the file `mail` to two recipients: `send_nodemailer.js PORT plain|auth|several|starttls|implicit`.
const [port, kind] = process.argv.slice(2);
const pool = kind === "several";
const implicit = kind === "implicit", starttls = kind === "starttls";
const tls = implicit || starttls ? { secure: implicit, requireTLS: starttls, tls: { ca: require("fs").readFileSync("ca.pem") } } : { ignoreTLS: true };
const auth = kind === "auth" || implicit || starttls ? { user: "user", pass: "secret" } : undefined;
const t = require("nodemailer").createTransport({ host: "localhost", port, name: "client.test", ...tls, pool, auth, maxConnections: 2 });
const mail = { envelope: { from: "ann@client.test", to: ["bob@mx.example.org", "carol@mx.example.org"] }, raw: require("fs").readFileSync("mail") };
Promise.all(Array(pool ? 20 : 1).fill(0).map(() => t.sendMail(mail))).then(() => t.close(), (e) => { console.error(e); process.exit(1); });
