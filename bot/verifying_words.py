"""What is said on the way to a proof of who writes, and how people speak of what is theirs."""

# ruff: noqa: E501 - sentences in scripts of other widths

from __future__ import annotations

from typing import Literal, get_args

from guardrails.text import fold

ProofPhrase = Literal[
    "ask_phone", "ask_email", "ask_address", "code_sent", "code_right", "code_wrong",
    "code_over", "no_way",
]  # fmt: skip

_ASK = {
    "en": "To speak about your account I have to be sure that it is yours. Please give me {what} "
    "that we know from you; I will have a code sent there.",
    "de": "Bevor ich über Ihr Konto spreche, muss ich sicher sein, dass es Ihres ist. Bitte nennen "
    "Sie mir {what}, die wir von Ihnen kennen; ich lasse einen Code dorthin senden.",
    "es": "Para hablar de su cuenta tengo que estar seguro de que es suya. Indíqueme {what} que "
    "conozcamos de usted; haré que se envíe allí un código.",
    "pt": "Para falar da sua conta preciso ter certeza de que ela é sua. Informe {what} que já "
    "conhecemos; um código será enviado para lá.",
    "fr": "Avant de parler de votre compte, je dois être certain qu'il est à vous. Donnez-moi "
    "{what} que nous connaissons de vous ; un code y sera envoyé.",
    "it": "Per parlare del suo account devo essere certo che sia suo. Mi indichi {what} che già "
    "conosciamo; vi farò inviare un codice.",
    "nl": "Voordat ik over uw account spreek, moet ik zeker weten dat het van u is. Geef mij {what} "
    "dat wij van u kennen; ik laat daar een code naartoe sturen.",
    "pl": "Zanim porozmawiamy o koncie, muszę mieć pewność, do kogo należy. Proszę podać {what}, "
    "znany nam od Państwa; wyślemy tam kod.",
    "tr": "Hesabınız hakkında konuşmak için size ait olduğundan emin olmalıyım. Bizde kayıtlı {what} "
    "yazın; oraya bir kod gönderilecek.",
    "ru": "Чтобы говорить о вашем аккаунте, я должен убедиться, что он ваш. Укажите {what}, "
    "известный нам; туда будет отправлен код.",
    "ar": "قبل الحديث عن حسابك يجب أن أتأكد من أنه لك. يرجى إعطائي {what} المعروف لدينا، وسيُرسل رمز إليه.",
    "hi": "आपके खाते के बारे में बात करने से पहले मुझे यह पक्का करना होगा कि वह आपका है। कृपया हमारे पास "
    "दर्ज {what} बताएँ; वहाँ एक कोड भेजा जाएगा।",
    "zh": "在谈论您的账户之前，我需要确认账户属于您。请告诉我您在我们这里登记的{what}，我会请系统向其发送验证码。",
    "ja": "お客様の情報をお話しする前に、ご本人であることを確認いたします。ご登録の{what}をお知らせください。"
    "そちらに確認コードをお送りします。",
    "ko": "계정에 관해 말씀드리기 전에 본인인지 확인해야 합니다. 등록하신 {what}를 알려 주시면 그곳으로 "
    "인증 코드를 보내 드립니다.",
    "vi": "Trước khi nói về tài khoản, tôi cần chắc chắn tài khoản là của quý khách. Vui lòng cho tôi "
    "{what} mà quý khách đã đăng ký; một mã sẽ được gửi đến đó.",
}  # fmt: skip

_PHONE = {
    "en": "the phone number, with its country code (+…),", "de": "die Telefonnummer mit "
    "Landesvorwahl (+…)", "es": "el número de teléfono con prefijo de país (+…)",
    "pt": "o número de telefone com código do país (+…)",
    "fr": "le numéro de téléphone avec l'indicatif du pays (+…)",
    "it": "il numero di telefono con il prefisso del paese (+…)",
    "nl": "het telefoonnummer met landnummer (+…)",
    "pl": "numer telefonu z kierunkowym kraju (+…)", "tr": "telefon numarasını ülke koduyla (+…)",
    "ru": "номер телефона с кодом страны (+…)", "ar": "رقم الهاتف مع رمز البلد (+…)",
    "hi": "फ़ोन नंबर देश कोड (+…) के साथ", "zh": "带国家代码（+…）的电话号码",
    "ja": "国番号（+…）付きの電話番号", "ko": "국가 번호(+…)를 포함한 전화번호",
    "vi": "số điện thoại kèm mã quốc gia (+…)",
}  # fmt: skip
_EMAIL = {
    "en": "the e-mail address", "de": "die E-Mail-Adresse", "es": "el correo electrónico",
    "pt": "o e-mail", "fr": "l'adresse e-mail", "it": "l'indirizzo e-mail",
    "nl": "het e-mailadres", "pl": "adres e-mail", "tr": "e-posta adresini",
    "ru": "адрес электронной почты", "ar": "البريد الإلكتروني", "hi": "ईमेल पता",
    "zh": "电子邮箱", "ja": "メールアドレス", "ko": "이메일 주소", "vi": "địa chỉ e-mail",
}  # fmt: skip
_OR = {
    "en": "or", "de": "oder", "es": "o", "pt": "ou", "fr": "ou", "it": "o", "nl": "of",
    "pl": "lub", "tr": "veya", "ru": "или", "ar": "أو", "hi": "या", "zh": "或", "ja": "または",
    "ko": "또는", "vi": "hoặc",
}  # fmt: skip

_SENT = {
    "en": "If that address is known here, a code of six digits is on its way to it, good for 10 "
    "minutes. Please type it here. If nothing comes, ask for a person.",
    "de": "Wenn diese Adresse hier bekannt ist, ist ein sechsstelliger Code dorthin unterwegs, er "
    "gilt 10 Minuten. Bitte geben Sie ihn hier ein. Kommt nichts an, fragen Sie nach einem Menschen.",
    "es": "Si conocemos esa dirección, va en camino un código de seis cifras, válido 10 minutos. "
    "Escríbalo aquí. Si no llega nada, pida hablar con una persona.",
    "pt": "Se conhecemos esse endereço, um código de seis dígitos está a caminho, válido por 10 "
    "minutos. Digite-o aqui. Se nada chegar, peça para falar com uma pessoa.",
    "fr": "Si nous connaissons cette adresse, un code à six chiffres y est envoyé, valable 10 "
    "minutes. Saisissez-le ici. Si rien n'arrive, demandez à parler à une personne.",
    "it": "Se conosciamo questo recapito, è in arrivo un codice di sei cifre, valido 10 minuti. "
    "Lo scriva qui. Se non arriva nulla, chieda di parlare con una persona.",
    "nl": "Als wij dit adres kennen, is er een code van zes cijfers onderweg, 10 minuten geldig. "
    "Typ die hier. Komt er niets, vraag dan om een medewerker.",
    "pl": "Jeśli znamy ten adres, wysłano tam sześciocyfrowy kod, ważny 10 minut. Proszę wpisać go "
    "tutaj. Jeśli nic nie dotrze, prosimy o kontakt z człowiekiem.",
    "tr": "Bu adres bizde kayıtlıysa altı haneli bir kod yolda, 10 dakika geçerli. Lütfen buraya "
    "yazın. Bir şey gelmezse bir kişiyle görüşmeyi isteyin.",
    "ru": "Если этот адрес нам известен, туда отправлен шестизначный код, он действует 10 минут. "
    "Введите его здесь. Если ничего не придёт, попросите соединить с человеком.",
    "ar": "إذا كان هذا العنوان معروفًا لدينا فسيصل إليه رمز من ستة أرقام صالح لمدة 10 دقائق. اكتبه هنا. "
    "إذا لم يصل شيء فاطلب التحدث إلى شخص.",
    "hi": "यदि यह पता हमारे पास दर्ज है, तो छह अंकों का कोड भेजा जा रहा है, जो 10 मिनट मान्य है। कृपया उसे "
    "यहाँ लिखें। कुछ न आए तो किसी व्यक्ति से बात करने के लिए कहें।",
    "zh": "如果我们有这个地址的记录，六位验证码正在发送，10 分钟内有效。请在此输入。如果没有收到，请要求人工客服。",
    "ja": "このご連絡先が登録されていれば、6 桁の確認コードをお送りしました。有効期間は 10 分です。ここに"
    "ご入力ください。届かない場合は担当者をお呼びください。",
    "ko": "등록된 연락처라면 6자리 인증 코드가 발송되며 10분간 유효합니다. 여기에 입력해 주세요. 오지 않으면 "
    "사람 상담원을 요청해 주세요.",
    "vi": "Nếu địa chỉ này có ở chỗ chúng tôi, một mã sáu chữ số đang được gửi đến, hiệu lực 10 phút. "
    "Vui lòng nhập vào đây. Nếu không nhận được, xin yêu cầu gặp nhân viên.",
}  # fmt: skip

_RIGHT = {
    "en": "Thank you, that is right. For the next 30 minutes I may speak about your account here. "
    "What would you like to know?",
    "de": "Danke, das stimmt. In den nächsten 30 Minuten darf ich hier über Ihr Konto sprechen. Was "
    "möchten Sie wissen?",
    "es": "Gracias, es correcto. Durante 30 minutos puedo hablar aquí de su cuenta. ¿Qué desea saber?",
    "pt": "Obrigada, está certo. Por 30 minutos posso falar aqui da sua conta. O que deseja saber?",
    "fr": "Merci, c'est exact. Pendant 30 minutes, je peux parler ici de votre compte. Que "
    "souhaitez-vous savoir ?",
    "it": "Grazie, è corretto. Per 30 minuti posso parlare qui del suo account. Che cosa desidera sapere?",
    "nl": "Dank u, dat klopt. De komende 30 minuten mag ik hier over uw account spreken. Wat wilt u weten?",
    "pl": "Dziękuję, zgadza się. Przez 30 minut mogę tu mówić o koncie. Co chcieliby Państwo wiedzieć?",
    "tr": "Teşekkürler, doğru. 30 dakika boyunca burada hesabınız hakkında konuşabilirim. Ne öğrenmek "
    "istersiniz?",
    "ru": "Спасибо, всё верно. В течение 30 минут я могу говорить здесь о вашем аккаунте. Что вы "
    "хотите узнать?",
    "ar": "شكرًا، الرمز صحيح. يمكنني خلال 30 دقيقة الحديث هنا عن حسابك. ماذا تود أن تعرف؟",
    "hi": "धन्यवाद, यह सही है। अगले 30 मिनट मैं यहाँ आपके खाते के बारे में बात कर सकता हूँ। आप क्या जानना चाहेंगे?",
    "zh": "谢谢，验证码正确。接下来 30 分钟我可以在这里谈论您的账户。您想了解什么？",
    "ja": "ありがとうございます。確認できました。30 分間、こちらでお客様の情報をお話しできます。何をお知りになりたいですか。",
    "ko": "감사합니다. 확인되었습니다. 30분 동안 이곳에서 계정에 관해 말씀드릴 수 있습니다. 무엇이 궁금하신가요?",
    "vi": "Cảm ơn, mã đúng. Trong 30 phút tới tôi có thể nói về tài khoản ở đây. Quý khách muốn biết gì?",
}  # fmt: skip

_WRONG = {
    "en": "That is not the code. Please look at it again and type it once more.",
    "de": "Das ist nicht der Code. Bitte sehen Sie noch einmal nach und geben Sie ihn erneut ein.",
    "es": "Ese no es el código. Compruébelo y escríbalo otra vez.",
    "pt": "Esse não é o código. Confira e digite novamente.",
    "fr": "Ce n'est pas le code. Vérifiez-le et saisissez-le à nouveau.",
    "it": "Non è il codice. Lo controlli e lo scriva di nuovo.",
    "nl": "Dat is niet de code. Kijk nog eens en typ hem opnieuw.",
    "pl": "To nie ten kod. Proszę sprawdzić i wpisać go ponownie.",
    "tr": "Kod bu değil. Lütfen kontrol edip yeniden yazın.",
    "ru": "Это не тот код. Проверьте и введите его ещё раз.",
    "ar": "هذا ليس الرمز الصحيح. تحقق منه واكتبه مرة أخرى.",
    "hi": "यह सही कोड नहीं है। कृपया देखकर फिर से लिखें।",
    "zh": "验证码不正确。请核对后重新输入。",
    "ja": "コードが違います。ご確認のうえ、もう一度ご入力ください。",
    "ko": "코드가 맞지 않습니다. 확인 후 다시 입력해 주세요.",
    "vi": "Mã không đúng. Vui lòng kiểm tra và nhập lại.",
}

_OVER = {
    "en": "This code does not hold any more.", "de": "Dieser Code gilt nicht mehr.",
    "es": "Este código ya no es válido.", "pt": "Este código não vale mais.",
    "fr": "Ce code n'est plus valable.", "it": "Questo codice non è più valido.",
    "nl": "Deze code is niet meer geldig.", "pl": "Ten kod nie jest już ważny.",
    "tr": "Bu kod artık geçerli değil.", "ru": "Этот код больше не действует.",
    "ar": "لم يعد هذا الرمز صالحًا.", "hi": "यह कोड अब मान्य नहीं है।", "zh": "该验证码已失效。",
    "ja": "このコードは無効になりました。", "ko": "이 코드는 더 이상 유효하지 않습니다.",
    "vi": "Mã này không còn hiệu lực.",
}  # fmt: skip

_NO_WAY = {
    "en": "I cannot make sure here whose account it is.",
    "de": "Ich kann hier nicht sicherstellen, wessen Konto es ist.",
    "es": "Aquí no puedo comprobar de quién es la cuenta.",
    "pt": "Aqui não consigo confirmar de quem é a conta.",
    "fr": "Je ne peux pas vérifier ici à qui est ce compte.",
    "it": "Qui non posso accertare di chi sia l'account.",
    "nl": "Ik kan hier niet vaststellen van wie het account is.",
    "pl": "Nie mogę tu upewnić się, czyje to konto.",
    "tr": "Hesabın kime ait olduğunu buradan doğrulayamıyorum.",
    "ru": "Здесь я не могу удостовериться, чей это аккаунт.",
    "ar": "لا يمكنني هنا التأكد من صاحب الحساب.",
    "hi": "मैं यहाँ यह पक्का नहीं कर सकता कि खाता किसका है।",
    "zh": "我在这里无法确认账户属于谁。",
    "ja": "こちらではどなたの情報か確認できません。",
    "ko": "여기서는 누구의 계정인지 확인할 수 없습니다.",
    "vi": "Ở đây tôi không thể xác minh tài khoản là của ai.",
}

_FIXED = {
    "code_sent": _SENT, "code_right": _RIGHT, "code_wrong": _WRONG, "code_over": _OVER,
    "no_way": _NO_WAY,
}  # fmt: skip
PROOF_PHRASES: tuple[ProofPhrase, ...] = get_args(ProofPhrase)


def say_of_proof(phrase: ProofPhrase, language: str | None) -> str:
    """The phrase in this language (`pt-BR` counts as `pt`), else in English."""
    short = (language or "en").partition("-")[0].lower()
    short = short if short in _ASK else "en"
    if phrase in _FIXED:
        return _FIXED[phrase][short]
    phone, email = _PHONE[short], _EMAIL[short]
    what = {"ask_phone": phone, "ask_email": email}.get(phrase, f"{email} {_OR[short]} {phone}")
    return _ASK[short].format(what=what)


_OWN = {
    "en": "my (?:last |latest |own )?(?:order|parcel|package|delivery|shipment|invoice|bill|account|"
    "contract|subscription|booking|points|balance|address|data|profile|refund|payment)",
    "de": "mein(?:e|en|er|em)? (?:letzte[rn]? )?(?:bestellung|paket|lieferung|sendung|rechnung|konto|"
    "vertrag|abo|buchung|punkte|guthaben|adresse|daten|profil|erstattung|zahlung)",
    "es": "mis? (?:ultimo |ultima )?(?:pedido|paquete|envio|entrega|factura|cuenta|contrato|reserva|"
    "puntos|saldo|direccion|datos|perfil|reembolso|pago)",
    "pt": "(?:meus?|minhas?) (?:ultimo |ultima )?(?:pedido|pacote|encomenda|entrega|fatura|conta|"
    "contrato|reserva|pontos|saldo|endereco|dados|perfil|reembolso|pagamento)",
    "fr": "(?:mon|ma|mes) (?:derniere? )?(?:commande|colis|livraison|facture|compte|contrat|"
    "abonnement|reservation|points|solde|adresse|donnees|profil|remboursement|paiement)",
    "it": "(?:mio|mia|miei|mie) (?:ultimo |ultima )?(?:ordine|pacco|spedizione|consegna|fattura|"
    "account|conto|contratto|prenotazione|punti|saldo|indirizzo|dati|profilo|rimborso|pagamento)",
    "nl": "mijn (?:laatste )?(?:bestelling|pakket|levering|zending|factuur|rekening|account|contract|"
    "abonnement|boeking|punten|saldo|adres|gegevens|profiel|terugbetaling|betaling)",
    "pl": "(?:moj|moja|moje|mojego|mojej|mojej|moim) (?:ostatnie )?(?:zamowieni|paczk|przesylk|"
    "dostaw|faktur|kont|umow|rezerwacj|punkt|sald|adres|dan|profil|zwrot|platnos)",
    "tr": "(?:benim )?(?:son )?(?:siparisim|paketim|kargom|teslimatim|faturam|hesabim|sozlesmem|"
    "aboneligim|rezervasyonum|puanlarim|bakiyem|adresim|bilgilerim|iadem|odemem)",
    "ru": "(?:мой|моя|мое|мои|моего|моей|моем|мою) (?:последн[а-я]+ )?(?:заказ|посылк|доставк|сч|"
    "аккаунт|договор|подписк|брон|балл|баланс|адрес|данн|профил|возврат|платеж)",
    "ar": "(?:طلبي|طلبيتي|شحنتي|طردي|فاتورتي|حسابي|عقدي|اشتراكي|حجزي|نقاطي|رصيدي|عنواني|بياناتي)",
    "hi": "(?:मेरा|मेरी|मेरे) (?:पिछला |पिछली )?(?:ऑर्डर|आर्डर|पार्सल|डिलीवरी|बिल|खाता|खाते|अनुबंध|बुकिंग|पता|भुगतान|रिफंड)",
    "zh": "我的(?:上一个|最近的)?(?:订单|包裹|快递|发票|账户|帐户|账号|合同|预订|积分|余额|地址|资料|退款|付款)",
    "ja": "(?:私|わたし|僕|自分)の(?:注文|荷物|配送|請求|アカウント|契約|予約|ポイント|残高|住所|情報|返金|支払)",
    "ko": "(?:내|제|나의|저의) (?:주문|택배|소포|배송|청구|계정|계약|예약|포인트|잔액|주소|정보|환불|결제)",
    "vi": "(?:đơn hàng|kiện hàng|hóa đơn|tài khoản|hợp đồng|điểm|số dư|địa chỉ|thông tin) (?:của tôi|"
    "của mình|của em)",
}  # fmt: skip
ACCOUNT_WORDS = {language: fold(words) for language, words in _OWN.items()}
"""Patterns, by language, over folded text."""
