// npm start: the application on PORT, with the settings of config/.

const appConfig = require('./config')
const createApp = require('./app')

const port = Number(process.env.PORT || 3000)
const host = process.env.HOST || '127.0.0.1'
createApp(appConfig).listen(port, host, () => console.log(`http://${host}:${port}/`))
