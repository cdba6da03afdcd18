# ruff: noqa: E501 - patterns and phrases are lists, one language below the other
"""What people write who want a person, who want no more messages, or who are in danger.

Patterns are matched on folded text (lower case, no accents), so they are folded, too: only
lower-case escapes may stand in them. `~` is "some words in between".
"""

from __future__ import annotations

import re
from functools import cache

from guardrails.text import fold

_GAP = r"(?:[^\w.!?。！？]+\w+){0,6}?[^\w.!?。！？]*"
"""At most six words, within one sentence. No character belongs to both a word and what is
between words: a message of hyphens would be read for minutes."""

_NEAR = r"[^.!?。！？\n]{0,12}"
"""For scripts without spaces: `^^`."""

PERSON = {
    "en": (
        r"\b(?:talk|speak|spk|chat|connect(?: me)?|transfer(?: me)?|put me through|pass me|escalate(?: this| me)?|get me|give me|let me (?:have|speak|talk)|hand me (?:over|off)|forward me|reach|contact|switch(?: me)?|route me|redirect me)\b~\b(?:humans?|(?:real |actual |live |human |support |service |customer service )+(?:persons?|people|agents?|reps?|representatives?)|real one|(?:a|an|the|your|some|any) (?:person|agent|rep|representative|operator|manager|supervisor|employee|colleague|staff|staff member|team member|advisor|adviser|consultant|somebody|someone)|agent|representative|operator|manager|supervisor|someone(?: else| real)?|somebody|customer (?:service|support|care)|support team|your (?:team|staff|colleagues?|boss)|staff)\b",
        r"\b(?:want|need|prefer|like|require|demand|insist on|looking for|is there|are there|can i (?:get|have)|could i (?:get|have)|may i have|i'll have|waiting for)\b~\b(?:(?:a |an |any |some |the )?(?:real|actual|live|human) (?:person|human|people|agent|rep|representative|being|operator|someone|support|help|assistance|contact)|(?:a|any) (?:human|person)(?! (?:tent|size|bed|car|room|pillow|table|boat|sleeping|max))(?! (?:who|that) (?:is|was|fits))|human (?:support|help|assistance|agent|being|contact)|(?:an?|the) (?:representative|operator|supervisor|live agent))\b(?! fee| commission| of)",
        r"\b(?:no|not|stop|enough|hate|without|tired of|done with|don't want|do not want|instead of)\b~\b(?:bots?|chat ?bots?|robots?|machines?|ai|automated)\b~\b(?:human|person|people|agent|someone|somebody|anyone|representative)\b",
        r"\b(?:human|real person|live agent|agent|representative|operator|person)\b~\b(?:not|instead of|rather than|no)\b~\b(?:bot|chat ?bot|robot|machine|ai|computer)\b",
        r"^(?:(?:hi|hello|please|pls|ok|a|an|the|real|live|speak to|talk to|i want)[\s,]+)*(?:human|agent|representative|real person|person|operator|live agent|human agent|customer service|live person|live chat|human being|supervisor|manager)(?:[\s,]+(?:please|pls|plz|now|asap|help|thanks))*[\s.!]*$",
        r"\b(?:can|could|would|will) (?:a|an|some|any) (?:human|real person|person|agent|representative|colleague|someone)\b~\b(?:help|call|contact|answer|take|look|assist|respond|reply|reach)\b|\b(?:can|could|would|will) (?:someone|somebody|anyone) (?:from|in|on) your (?:team|staff|support)\b|\b(?:have|let) (?:someone|somebody|a human|a person|an agent|a colleague)\b~\b(?:call|contact|write|message|help|look|phone)\b",
    ),
    "de": (
        r"\b(?:sprechen|reden|schreiben|verbinden|verbinde|verbinden sie|durchstellen|weiterleiten|weitergeben|ubergeben|weiterverbinden|chatten|holen|geben sie mir|gib mir|kontakt)\b~\b(?:menschen?|mitarbeiter(?:in|innen|s)?|person|berater(?:in)?|kollegen|kollegin|jemand(?:em|en)?|kundenservice|kundendienst|kundenberater|support|agenten|operator|chef|vorgesetzten|ansprechpartner|sachbearbeiter|team)\b",
        r"\b(?:menschen?|mitarbeiter(?:in|innen|s)?|echten? person|berater(?:in)?|kollegen|kollegin|jemand(?:em|en)?|kundenservice|kundendienst|kundenberater|ansprechpartner|vorgesetzten|support|sachbearbeiter)\b~\b(?:sprechen|reden|verbinden|verbunden|schreiben|haben|chatten|durchgestellt|weitergeleitet|weiterleiten|weitergeben|durchstellen|ubergeben|helfen|anrufen|zuruckrufen|melden)\b",
        r"\b(?:will|mochte|brauche|bitte|hatte gern|gern|gibt es|verlange|wunsche|lieber)\b~\b(?:echten? (?:menschen?|person|mitarbeiter(?:in)?)|(?:einen?|mit) menschen|(?:einen?|zu einem) (?:mitarbeiter|berater|ansprechpartner)(?:in)?|menschliche[nrs]? (?:hilfe|kontakt|mitarbeiter|unterstutzung|ansprechpartner|support))\b",
        r"\b(?:kein(?:en|e)?|nicht|nix|ohne)\b~\b(?:bot|chatbot|roboter|maschine|ki|computer)\b~\b(?:mensch(?:en)?|person|mitarbeiter|jemand)",
        r"^(?:bitte |einen? |echter? )*(?:mensch|mitarbeiter(?:in)?|menschen|berater|kundenservice|kundendienst|echte person)(?: bitte)?[\s.!]*$",
    ),
    "fr": (
        r"\b(?:parler|discuter|echanger|contacter|joindre|transferer|transferez|transferez-moi|passer|passez-moi|mettre en relation|mettez-moi en (?:relation|contact)|connecter|avoir|voir|ecrire)\b~\b(?:humain|(?:vraie )?personne|conseiller|conseillere|agent|operateur|operatrice|quelqu'?’?un|employe|collegue|responsable|service client|representant|etre humain|teleconseiller|votre equipe)\b(?! (?:de voyage|immobilier|commercial|inclus))",
        r"\b(?:veux|voudrais|besoin|prefere|souhaite|aimerais|demande|y a-t-il|existe)\b~\b(?:un humain|une vraie personne|d'une vraie personne|d'un humain|vrai conseiller|un conseiller|d'un conseiller|etre humain|personne reelle|une personne humaine|aide humaine|assistance humaine|un agent humain|un vrai agent)\b",
        r"\b(?:pas|marre|stop|ras le bol)\b~\b(?:robot|bot|machine|ia|chatbot)\b~\b(?:humain|personne|conseiller|quelqu)",
        r"^(?:un |une |s'il vous plait |svp )*(?:humain|conseiller|agent|vraie personne|operateur|service client)(?: svp| s'il vous plait)?[\s.!]*$",
    ),
    "es": (
        r"\b(?:hablar|hable|chatear|comunicar(?:me)?|comuniquen?me|conectar(?:me)?|contactar|contacto|pasar?me|paseme|paseme con|pasame|transferir(?:me)?|transfieran?me|transfiereme|ponme|pongame|pongan?me|derivar(?:me)?|atienda|conversar|dame|deme)\b~\b(?:humano|humana|persona|agente|operador|operadora|asesor|asesora|alguien|representante|empleado|empleada|ser humano|supervisor|encargado|responsable|ejecutivo|atencion al cliente|servicio al cliente|companero|gerente)\b",
        r"\b(?:quiero|quisiera|necesito|prefiero|deseo|exijo|me gustaria|hay|pido)\b~\b(?:un humano|una persona (?:real|de verdad|humana)|persona real|persona de verdad|un agente|agente humano|un asesor|un operador|ayuda humana|atencion humana|ser humano|un representante|alguien real|alguien de verdad)\b(?! de (?:viajes|aduanas))",
        r"\b(?:no|basta|sin)\b~\b(?:bot|robot|maquina|ia|chatbot)\b~\b(?:humano|persona|agente|alguien)\b",
        r"\bque (?:me )?(?:atienda|ayude|llame|conteste|responda) (?:una persona|un humano|alguien|un agente)\b",
        r"^(?:un |una |por favor )*(?:humano|agente|operador|operadora|asesor|persona real|representante|persona)(?:,? por favor)?[\s.!]*$",
    ),
    "pt": (
        r"\b(?:falar|fale|conversar|atendimento|transferir|transfira|transfere|transfira-me|passar|passe|passa|conectar|conecte|contatar|contactar|contato|chamar|chame|ligar|encaminhar|encaminhe|atendido|atendida)\b~\b(?:humano|humana|pessoa|atendente|agente|operador|operadora|alguem|representante|funcionario|funcionaria|ser humano|supervisor|gerente|responsavel|colaborador|assistente humano|apoio ao cliente|equipe|equipa)\b",
        r"\b(?:quero|queria|preciso|prefiro|gostaria|desejo|tem|ha|exijo)\b~\b(?:um humano|uma pessoa (?:real|de verdade|humana)|pessoa real|pessoa de verdade|um atendente|atendente humano|ajuda humana|atendimento humano|ser humano|um operador|um agente humano|alguem de verdade)\b",
        r"\b(?:nao|chega|sem)\b~\b(?:bot|robo|robot|maquina|ia|chatbot)\b~\b(?:humano|pessoa|atendente|alguem)\b",
        r"^(?:um |uma |por favor )*(?:humano|atendente|operador|pessoa real|pessoa|agente|atendimento humano)(?:,? por favor)?[\s.!]*$",
    ),
    "it": (
        r"\b(?:parlare|parlo|parli|chattare|contattare|mettere in contatto|mettermi in contatto|mi metta in contatto|mi passi|passami|passatemi|mi passate|trasferire|trasferiscimi|trasferitemi|collegarmi|mettimi|mettetemi|comunicare|avere)\b~\b(?:umano|umana|persona|operatore|operatrice|agente|consulente|qualcuno|addetto|dipendente|rappresentante|responsabile|essere umano|assistenza clienti|servizio clienti|collega)\b(?! (?:immobiliare|di viaggio))",
        r"\b(?:voglio|vorrei|bisogno|preferisco|preferirei|desidero|serve|c'e|chiedo)\b~\b(?:un umano|una persona (?:vera|reale)|persona vera|persona reale|un operatore|operatore umano|un essere umano|assistenza umana|aiuto umano|un consulente|una persona in carne)\b",
        r"\b(?:non|basta|niente|senza)\b~\b(?:bot|robot|macchina|ia|chatbot)\b~\b(?:umano|persona|operatore|qualcuno)\b",
        r"^(?:un |una |per favore )*(?:operatore|umano|persona vera|operatrice|persona reale|agente)(?:,? per favore)?[\s.!]*$",
    ),
    "nl": (
        r"\b(?:spreken|praten|chatten|doorverbinden|verbinden|verbind|verbind me|contact|doorschakelen|doorsturen|krijgen|geef me|overdragen)\b~\b(?:mens|(?:echt )?persoon|echt iemand|medewerk(?:er|ster)|iemand|klantenservice|collega|adviseur|agent|leidinggevende|manager)\b",
        r"\b(?:mens|persoon|medewerk(?:er|ster)|iemand|klantenservice|collega|adviseur|leidinggevende)\b~\b(?:spreken|praten|chatten|doorverbonden|doorverbinden|verbinden|bellen|contact|verder helpen)\b",
        r"\b(?:wil|graag|nodig|liever|is er|zou)\b~\b(?:een mens|echt mens|een echt persoon|echte persoon|een medewerker|menselijke? (?:hulp|contact|medewerker)|echte medewerker)\b",
        r"\b(?:geen|niet)\b~\b(?:bot|robot|chatbot|machine|computer|ai)\b~\b(?:mens|persoon|iemand|medewerker)\b",
        r"^(?:een |echte? )*(?:mens|medewerker|persoon|klantenservice)(?:,? (?:graag|alstublieft|aub|alsjeblieft))?[\s.!]*$",
    ),
    "zh": (
        r"(?:人工|真人)(?:客服|服务|服務|坐席|座席|接听|回复|帮|幫|处理|處理|吧|来|來)|有(?:人工|真人|活人)(?![智费費])",
        r"(?:转|轉|要|找|接|换|換|叫|请|請|联系|聯繫|需要|想|有没有|有沒有|给我|給我)^^(?:人工|真人|活人|客服人员|客服人員|客服代表|专员|專員|工作人员|工作人員|经理|經理|主管|负责人|員工|员工)(?![智费費])",
        r"(?:和|跟|与|與|找|同)^^(?:真人|人工|活人|客服|人|工作人员|你们的人|你們的人|经理|經理|主管)(?:^^)?(?:说话|說話|聊|谈|談|讲话|講話|沟通|溝通|通话|通話|对话|對話|交流)",
        r"(?:不要|不想|别|別)^^(?:机器人|機器人|ai|智能客服)|^(?:人工|真人|转人工|轉人工|人工客服|找客服|客服)[。!！\s]*$",
    ),
    "ja": (
        r"(?:人間|生身の人|本物の人|担当者|担当の方|オペレーター?|係員|係の(?:人|方)|スタッフ|有人|店員|責任者|社員|上司|人)(?:の方|さん)?(?:と|に|へ|を|から|による|につないで|の)^^(?:話|はなし|つな|繋|代わ|替わ|かわ|対応|呼|お願い|連絡|チャット|相談|切り替え|転送|回して|出して|電話|問い合わせ|サポート|取り次)",
        r"(?:有人(?:対応|チャット|サポート)|人による対応|人間(?:の対応|を出して|がいい|を呼)|担当者(?:をお願い|希望|に代わ)|オペレーター?(?:希望|お願い|を))",
        r"(?:ボット|ロボット|ai|機械)(?:じゃ|では|で)?(?:なく|ない|は(?:嫌|いや|もう))^^(?:人|担当|オペレータ)|^(?:人間|オペレーター?|担当者|有人)[。!！\s]*$",
    ),
    "ar": (
        r"(?:اتحدث|أتحدث|التحدث|اتكلم|أتكلم|التكلم|اكلم|أكلم|احكي|أحكي|الحديث|التواصل|اتواصل|أتواصل|تحويلي|حولني|حوّلني|حولوني|وصلني|تحويل|توصيلي|كلام|محادثة|الكلام|ربطي)~(?:شخص|موظف|موظفة|إنسان|انسان|بشري|بشر|ممثل|مندوب|احد|أحد|حد|مسؤول|مدير|وكيل|خدمة العملاء|الدعم البشري)",
        r"(?:اريد|أريد|احتاج|أحتاج|ابغى|أبغى|عايز|عاوز|بدي|افضل|أفضل|هل يوجد|أرغب|ممكن)~(?:موظف|شخص حقيقي|شخصا حقيقيا|إنسان|انسان|بشري|ممثل|مندوب|خدمة عملاء بشرية|موظف حقيقي)",
        r"^(?:موظف|إنسان|انسان|شخص حقيقي|خدمة العملاء|ممثل خدمة العملاء)(?: من فضلك)?[\s.!]*$",
        r"(?:لا|مو|مش)~(?:روبوت|بوت|آلة|الة)~(?:شخص|موظف|إنسان|انسان)",
    ),
    "tr": (
        r"\b(?:insan(?:la|a|dan)?|insan (?:biri|birisi)\w*|gercek (?:biri|birisi|bir insan|bir kisi|kisi|insan)\w*|temsilci\w*|musteri (?:temsilci\w*|hizmet\w*)|yetkili\w*|canli (?:destek|temsilci|biri)\w*|operator\w*|calisan\w*|birisiyle|biriyle|gorevli\w*|mudur\w*)\b~\b(?:gorus\w*|konus\w*|bagla\w*|aktar\w*|iste\w*|yazis\w*|ulas\w*|lazim|ihtiyac\w*|yonlendir\w*|var mi|lutfen|istiyorum)\b",
        r"\b(?:bagla\w*|aktar\w*|yonlendir\w*)\b~\b(?:insan\w*|temsilci\w*|yetkili\w*|operator\w*)\b",
        r"^(?:canli destek|temsilci|insan|musteri temsilcisi|operator|yetkili)(?: lutfen)?[\s.!]*$",
        r"\b(?:bot|robot|makine)\w*\b~\b(?:degil|istemiyorum)\b~\b(?:insan|biri|kisi|temsilci)",
    ),
    "ru": (
        r"(?:\b(?:поговорить|говорить|соедините|соедини|переключите|переключи|переведите|переведи|свяжите|связаться|пообщаться|позовите|позови|дайте|дай|общаться|подключите|позвать|нужен|нужна|хочу|можно|требую|передайте|есть)\b)~\b(?:человек\w*|живым|живого|живой|оператор\w*|сотрудник\w*|специалист\w*|менеджер\w*|консультант\w*|представител\w*|кем-нибудь|кем-то|руководител\w*|начальник\w*|людьми)\b(?! в номере)",
        r"^(?:живой |пожалуйста,? )?(?:оператор|человек|оператора|менеджер|живой человек|сотрудник)(?:,? пожалуйста)?[\s.!]*$",
        r"\b(?:не|хватит|надоел)\b~\b(?:бот\w*|робот\w*|машин\w*)\b~\b(?:человек\w*|оператор\w*)",
    ),
    "ko": (
        r"(?:사람|상담원|상담사|상담직원|직원|담당자|실제 ?사람|진짜 ?사람|매니저|책임자|관리자|인간)(?:분)?(?:이랑|랑|과|와|하고|한테|에게|께|으로|로|을|를|이|의|좀|분과|님과|님)?^^(?:연결|통화|얘기|이야기|대화|말하|상담|바꿔|불러|채팅|전화|문의|필요|원해|원합|부탁|도움|나와)",
        r"(?:연결)^^(?:상담원|사람|직원)|^(?:상담원|사람|직원|상담사|상담원 연결)[\s.!]*$",
        r"(?:봇|로봇|기계|ai)^^(?:말고|아니라|싫)^^(?:사람|상담원|직원)",
    ),
    "hi": (
        r"(?:इंसान|व्यक्ति|एजेंट|असली (?:इंसान|व्यक्ति|आदमी)|प्रतिनिधि|कर्मचारी|ऑपरेटर|आदमी|मैनेजर|अधिकारी|किसी|कस्टमर केयर|मानव|स्टाफ)^^(?:से|को|के साथ|चाहिए)^^(?:बात|जोड़|कनेक्ट|संपर्क|बोल|चैट|मिल|ट्रांसफर|बुला|चाहिए|दीजिए|कॉल)",
        r"(?:इंसान|एजेंट|प्रतिनिधि|असली व्यक्ति|ऑपरेटर|मानव सहायता)[^\n]{0,8}(?:चाहिए|बुलाओ|बुलाइए)",
        r"\b(?:insaan|insan|agent|aadmi|vyakti|manager|executive|kisi (?:insaan|insan|aadmi|agent|vyakti))\b (?:se|ko|ke saath)\b~\b(?:baat|connect|jod\w*|milna|chat)\b",
        r"^(?:इंसान|एजेंट|प्रतिनिधि)[\s.!।]*$",
    ),
    "vi": (
        r"\b(?:noi chuyen|gap|chat|ket noi|chuyen|lien he|trao doi|tu van|can|muon|cho toi|co|goi)\b~\b(?:nguoi that|con nguoi|nhan vien|tu van vien|tong dai vien|dien thoai vien|nguoi ho tro|nguoi tu van|quan ly|nguoi phu trach|ai do ben)\b(?! y te)",
        r"\b(?:khong|dung)\b~\b(?:bot|robot|may)\b~\b(?:nguoi|nhan vien)\b|^(?:nhan vien|nguoi that|gap nhan vien|tu van vien)[\s.!]*$",
    ),
    "th": (
        r"(?:คุย|พูด|ติดต่อ|ต่อสาย|โอนสาย|โอน|ขอ|ต้องการ|อยาก|สนทนา|แชท|เรียก|หา|มี|เชื่อมต่อ)^^(?:เจ้าหน้าที่|พนักงาน|คนจริง|มนุษย์|แอดมิน|คนจริงๆ|ตัวแทน|ผู้จัดการ|คนเป็นๆ|โอเปอเรเตอร์|หัวหน้า)",
        r"(?:กับ|ให้)(?:คน)(?:จริง|หน่อย|ได้ไหม|ได้มั้ย|ครับ|ค่ะ|\s|$)|^(?:เจ้าหน้าที่|พนักงาน|แอดมิน|คนจริง)[\s.!]*$|ไม่(?:เอา|อยาก|ต้องการ)^^(?:บอท|หุ่นยนต์)",
    ),
    "pl": (
        r"\b(?:porozmawiac|rozmawiac|rozmowa|rozmowe|rozmowy|polaczyc|polacz|polacz mnie|polaczcie|prosze polaczyc|przelacz|przelaczyc|przelacz mnie|przekieruj|przekierowac|skontaktowac|kontakt|chce|chcialbym|chcialabym|potrzebuje|wole|poprosze|prosze|dajcie|czy moge|pogadac|popisac|czatowac)\b~\b(?:czlowiek\w*|konsultant\w*|pracownik\w*|prawdziw(?:a|ym|y|ej) (?:osob\w*|czlowiek\w*)|zywym czlowiekiem|osoba z obslugi|kims|przedstawiciel\w*|doradc\w*|kierownik\w*|operator\w*|obsluga klienta|z osoba|kogos)\b",
        r"\b(?:nie|dosc)\b~\b(?:bot\w*|robot\w*|maszyn\w*)\b~\b(?:czlowiek\w*|osob\w*|konsultant\w*)|^(?:konsultant|czlowiek|pracownik|konsultanta)(?: prosze)?[\s.!]*$",
    ),
    "id": (
        r"\b(?:bicara|berbicara|ngobrol|ngomong|chat|hubungkan|sambungkan|dihubungkan|disambungkan|terhubung|alihkan|transfer|hubungi|butuh|perlu|mau|ingin|minta|tolong|ada|panggilkan|berkomunikasi|lebih suka)\b~\b(?:manusia|orang (?:asli|sungguhan|beneran|nyata)|dengan orang|dengan seseorang|cs|agen|customer service|petugas|staf|operator|admin manusia|perwakilan|karyawan|pegawai|manajer|atasan|admin)\b(?! (?:perjalanan|properti|kesehatan))",
        r"\b(?:bukan|jangan|tidak mau|gak mau)\b~\b(?:bot|robot|mesin)\b~\b(?:manusia|orang|cs|admin)|^(?:manusia|cs|operator|agen|customer service|admin)(?: (?:dong|tolong|please))?[\s.!]*$",
    ),
}  # fmt: skip

OPT_OUT = (
    r"^\W*(?:stop|stopp|stop all|unsubscribe|cancel subscription|opt ?out|end messages|remove me"
    r"|arret|arreter|desabonner|desinscrire|baja|parar|cancelar suscripcion|alto|sair|descadastrar"
    r"|abmelden|abbestellen|cancella|cancellami|disiscrivi|basta|afmelden|uitschrijven|wypisz|rezygnuje"
    r"|отписаться|стоп|отписка|退订|退訂|配信停止|停止|수신거부|iptal|dur|إلغاء الاشتراك|الغاء الاشتراك|توقف"
    r"|huy dang ky|berhenti|ยกเลิก|बंद करो|रोकें)\W*$",
    r"\b(?:stop (?:messaging|texting|writing|contacting|sending)|do not (?:contact|message|text)|"
    r"don'?t (?:contact|message|text|write)|unsubscribe me|take me off|remove me from|no more messages)\b"
    r"(?! (?:him|her|them|my|the))",
    r"\b(?:keine (?:weiteren )?nachrichten mehr|nicht mehr (?:schreiben|kontaktieren|anschreiben)|"
    r"no (?:me )?(?:escriban|contacten|manden) mas|ne me (?:contactez|ecrivez) plus|"
    r"nao (?:me )?(?:enviem|mandem|contatem)(?: mais)?(?: mensagens)?|non (?:contattatemi|scrivetemi) piu)\b",
)  # fmt: skip

EMERGENCY = (
    r"\b(?:kill(?:ing)? myself|suicid\w*|end (?:my|it all)(?: life)?\b(?= (?:now|tonight|today)|[.!]|$)|want to die|hurt(?:ing)? myself|self[- ]harm)\b",
    r"\b(?:mich umbringen|selbstmord|suizid\w*|nicht mehr leben|me tuer|me suicider|envie de mourir|matarme|suicidarme|quiero morir|me matar|quero morrer|uccidermi|voglio morire|zelfmoord|mezelf iets aandoen|zabic sie|samoboj\w*|kendimi oldur\w*|intihar|покончить с собой|самоубийств\w*|хочу умереть|bunuh diri|tu tu)\b",
    r"自杀|自殺|想死|死にたい|자살|죽고 싶|انتحار|أريد أن أموت|आत्महत्या|मरना चाहत|ฆ่าตัวตาย|อยากตาย",
    r"\b(?:heart attack|can'?t breathe|cannot breathe|bleeding (?:badly|heavily)|overdos\w+|unconscious|call (?:an )?ambulance|caught fire|is on fire|house is burning|gas leak|electrocuted|electric shock|was injured|got injured|choking|poisoned|call 911|call 112)\b",
    r"\b(?:herzinfarkt|notarzt|notfall|krankenwagen|bewusstlos|brennt|stromschlag|vergiftet|crise cardiaque|ambulance|incendie|ambulancia|infarto|emergencia|emergencia medica|incendio|emergenza|bewusteloos|noodgeval|karetka|yangin|скорую|пожар)\b",
    r"救命|着火|火事|救急車|응급|불이 났|حريق|طوارئ|إسعاف",
)  # fmt: skip

ABUSE = (
    r"\b(?:fuck(?:ing)? (?:you|off|idiots?|liars?|thieves|bot)|fuckers?|asshole|bitch|cunt|motherfucker|piece of shit|bastards?|i(?:'ll| will) (?:kill|hurt|find) you|go to hell|retard)\b",
    r"\b(?:arschloch|fick dich|hurensohn|wichser|scheiss ?verein|verpiss|connard|salope|encule|va te faire|ta gueule|hijo de puta|hijos de puta|gilipollas|cabron\w*|vete a la mierda|filho da puta|vai se foder|vsf|caralho|stronzo|vaffanculo|figlio di puttana|klootzak|kankerlijer|kurwa|spierdalaj|orospu|siktir|сука|пошел на|бляд\w*|мудак|anjing lu|bangsat|dit me)\b",
    r"操你|傻逼|他妈的|死ね|くそ野郎|씨발|개새끼|كلب ابن|शुक्रिया नहीं चूतिया|चूतिया|ไอ้สัตว์",
)  # fmt: skip

INJECTION = {
    "override": (
        r"\b(?:ignore|disregard|forget|override|bypass|overlook)\b~\b(?:previous|prior|above|earlier|all|your|any|system|safety)\b~\b(?:instructions?|prompts?|rules?|guidelines?|directions?|restrictions?|filters?|instructed|programming)\b",
        r"\b(?:ignoriere?|vergiss|missachte)\b~\b(?:anweisungen|regeln|vorgaben)\b|\b(?:ignore[zr]?|oublie[zr]?)\b~\b(?:tes|vos|toutes|precedentes)\b~\b(?:instructions|regles|consignes)\b|\b(?:ignor[ae]|olvida|esqueca|dimentica)\b~\b(?:todas|todos|tutte|anteriores|precedenti|tus|suas|tue)\b~\b(?:instrucciones|instrucoes|istruzioni|reglas|regras|regole|normas)\b|\bnegeer\b~\b(?:instructies|regels)\b|\bzignoruj\b~\b(?:instrukcj\w+|polecen\w+)\b|\btalimatlari\b~\byok say\w*",
        r"(?:忽略|无视|無視|忘记|忘記)^^(?:所有|之前|以上|你的|全部)^^(?:指令|指示|规则|規則|说明)|(?:指示|命令|ルール)^^(?:無視|忘れ)(?:して|て)|(?:игнорируй|забудь)(?:те)?~(?:инструкции|правила)|تجاهل~التعليمات|지시(?:를|사항을)? ?(?:모두 ?)?무시해|निर्देशों को (?:अनदेखा|नजरअंदाज)|\babaikan\b~\b(?:instruksi|aturan)\b|\bbo qua\b~\b(?:huong dan|chi dan|quy tac)\b|ละเว้นคำสั่ง",
    ),
    "prompt": (
        r"\b(?:reveal|show|print|repeat|output|tell me|leak|display|dump)\b~\b(?:system|hidden|initial|secret|internal)\b~\b(?:prompts?|instructions?|messages?|rules?|notes?)\b",
        r"\brepeat (?:everything|all(?: the)? (?:text|words)|the (?:text|words)) (?:above|before)\b",
    ),
    "control_tokens": (
        r"<\|?(?:im_start|im_end|system|endoftext)\|?>|\[/?inst\]|<</?sys>>|^#+ ?(?:system|instruction)s?\b ?:?$",
    ),
    "addressed": (
        r"\b(?:notes?|messages?|instructions?|important|attention)\b[^.!?\n]{0,20}\b(?:to|for) (?:the|you,?|any)?\W?(?:ai|llm|language model|assistant|chat ?bot|bot)\b|\bai (?:assistant )?instructions? ?:|\bwhen this (?:text|document|page|note|mail|e-?mail) is (?:retrieved|read|processed|summari[sz]ed)\b",
    ),
    "smuggled": (
        r"\b(?:append|add|include|insert|embed|render|write|reply|answer|format|respond)\b[^\n]{0,80}(?:!\[|<img\b|\b(?:markdown|html|clickable) (?:image|link|img)\b)",
    ),
}  # fmt: skip
"""Rules by name: what only somebody writes who steers the assistant."""

INJECTION_HINTS = (
    r"\b(?:system prompt|initial prompt|developer mode|jailbreak|dan mode|do anything now|prompt injection)\b",
    r"\byou are (?:now|no longer)\b|\bpretend (?:to be|you are)\b|\bact as (?:if|a|an|my)\b|\bfrom now on\b",
    r"\b(?:no (?:restrictions|limits|rules)|without (?:any )?(?:restrictions|limits|filters|censorship)|unfiltered|uncensored)\b",
    r"\bnew (?:instructions?|rules?|task)\b|\b(?:admin|root|debug|maintenance) (?:mode|access|override)\b",
)  # fmt: skip
"""Each of these is said by honest people, too; two of them together rarely."""


@cache
def compiled(patterns: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    """Patterns ready for folded text."""
    return tuple(
        re.compile(fold(pattern).replace("~", _GAP).replace("^^", _NEAR), re.MULTILINE)
        for pattern in patterns
    )
